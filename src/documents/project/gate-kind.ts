// What the parser of stk.yaml needs to know about a gate kind. The kinds are in src/gates, one a file. The caller of
// the parser passes them in.
import type { TreeMap } from '../yaml/document-tree.ts';
import type { DocumentSchema } from '../schemas/document-schema.ts';
import type { GateAnswer } from '../../model/pipeline/gate.ts';
import type { GateFacts } from '../../model/pipeline/gate-facts.ts';
import type { People } from '../../model/pipeline/people.ts';

export interface GateKind {
  /** Also the key in stk.yaml that selects it. */
  readonly kind: string;
  /** The schema of that key's value. */
  readonly schema: DocumentSchema;
  /** Keys that are allowed beside it. */
  readonly beside: Readonly<Record<string, DocumentSchema>>;
  /** Whether a hotfix needs it as well. */
  readonly inHotfix: boolean;
  /** Judges the settings beyond the schema and returns what evaluates them. `entry`: the whole gate. */
  configure(entry: TreeMap, context: GateContext): (facts: GateFacts) => GateAnswer;
}

/** What a gate can read from the rest of stk.yaml, and how it reports problems. */
export interface GateContext {
  readonly environment: string;
  /** The gate's name. */
  readonly name: string;
  readonly from: readonly string[];
  /** Names of all environments of the project. */
  readonly environments: readonly string[];
  readonly people: People | undefined;
  /** Roles whose checks count, and whether anybody has one of them. */
  readonly writers: { readonly roles: readonly string[]; readonly exist: boolean };
  /** `pointer`: below the gate, such as `/window/allow/0/cron`. */
  readonly report: (pointer: string, message: string) => void;
  readonly warn: (pointer: string, message: string) => void;
}
