// A gate of an environment as stk.yaml sets it, and what evaluating it gives. What the kinds mean is src/gates' work.
import type { GateFacts } from './gate-facts.ts';
import type { Json } from '../../kernel/json.ts';
import type { gateVerdicts } from './record.ts';

/**
 * `pass`; `fail`: another record or other content is needed; `pending`: passes by itself or when somebody acts;
 * `error`: could not be evaluated now, is asked again and never passes.
 */
export type GateVerdict = (typeof gateVerdicts)[number];

export interface GateAnswer {
  readonly verdict: GateVerdict;
  /** One sentence for people, with the values. */
  readonly sentence: string;
  /** Paths of the records that it rests on. */
  readonly evidence: readonly string[];
  /** The command that helps. */
  readonly help?: string | undefined;
  /** The next moment at which the answer can differ though no fact changes; milliseconds since 1970. */
  readonly again?: number | undefined;
}

export interface Gate {
  readonly name: string;
  readonly kind: string;
  /** As written. */
  readonly settings: Json;
  /** Whether a hotfix needs it too. */
  readonly inHotfix: boolean;
  readonly evaluate: (facts: GateFacts) => GateAnswer;
}
