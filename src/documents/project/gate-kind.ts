// What the parser of stk.yaml must know of a gate kind. The kinds themselves stand in src/gates, one a file; whoever
// parses stk.yaml passes them in.
import type { TreeMap } from '../yaml/document-tree.ts';
import type { DocumentSchema } from '../schemas/document-schema.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { GateFacts } from '../../model/pipeline/gate-facts.ts';
import type { People } from '../../model/pipeline/people.ts';

export interface GateKind {
  /** Also the key of stk.yaml that chooses it. */
  readonly kind: string;
  /** What stands under that key. */
  readonly schema: DocumentSchema;
  /** Keys that may stand beside it. */
  readonly beside: Readonly<Record<string, DocumentSchema>>;
  /** Whether a hotfix needs it too. */
  readonly inHotfix: boolean;
  /** Judges the settings beyond the schema and gives what evaluates them. `entry`: the whole gate. */
  configure(entry: TreeMap, context: GateContext): (facts: GateFacts) => GateAnswer;
}

/** What a gate may ask about the rest of stk.yaml, and how it says what is wrong. */
export interface GateContext {
  readonly environment: string;
  /** Of the gate. */
  readonly name: string;
  readonly from: readonly string[];
  /** Names of all environments of the project. */
  readonly environments: readonly string[];
  readonly people: People | undefined;
  /** Roles whose checks count, and whether anybody holds one of them. */
  readonly writers: { readonly roles: readonly string[]; readonly exist: boolean };
  /** `pointer`: below the gate, such as `/window/allow/0/cron`. */
  readonly report: (pointer: string, message: string) => void;
  readonly warn: (pointer: string, message: string) => void;
}
