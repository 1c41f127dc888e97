// A gate of an environment as set in stk.yaml, and its evaluated result. src/gates defines the kinds.
import type { GateFacts } from './gate-facts.ts';
import type { Json } from '../../kernel/json.ts';
import type { gateVerdicts } from './record.ts';

/**
 * `pass`; `fail`: another record or other content is needed; `pending`: passes with time or when somebody acts;
 * `error`: could not be evaluated now, is evaluated again and never passes.
 */
export type GateVerdict = (typeof gateVerdicts)[number];

export interface GateAnswer {
  readonly verdict: GateVerdict;
  /** One sentence for people, with the values. */
  readonly sentence: string;
  /** Paths of the records that it is based on. */
  readonly evidence: readonly string[];
  /** The command that helps. */
  readonly help?: string | undefined;
  /** The next moment at which the answer can change without new facts; milliseconds since 1970. */
  readonly again?: number | undefined;
}

export interface Gate {
  readonly name: string;
  readonly kind: string;
  /** As written. */
  readonly settings: Json;
  /** Whether a hotfix needs it as well. */
  readonly inHotfix: boolean;
  readonly evaluate: (facts: GateFacts) => GateAnswer;
}
