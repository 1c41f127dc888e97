// What the release compiler and its worker say to each other. Plain data, in small messages, so that neither cloning
// nor reading one holds up the main thread.
import type { DocumentProblem } from '../model/problem.ts';
import type { Operation, Release } from '../model/release.ts';
import type { Statement } from '../sql/statement.ts';

export interface CompileJob {
  readonly job: number;
  readonly text: string;
  readonly file: string;
  readonly id: string;
  /** `check`: no validators are generated; enough to ask a database whether the release fits. */
  readonly purpose: 'serve' | 'check';
}

/** An operation with its statement and the source of its validator. */
export interface CompiledPart {
  readonly operation: Operation;
  readonly statement: Statement | undefined;
  readonly code: string;
}

/** First `parts` in the order of the release, then `done`; or `problems` alone. */
export type CompileReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'parts'; readonly job: number; readonly parts: readonly CompiledPart[] }
  | {
      readonly kind: 'done';
      readonly job: number;
      /** Without its operations: they came in the parts. */
      readonly release: Omit<Release, 'operations'>;
      readonly configJson: string;
      readonly digest: string;
    }
  | { readonly kind: 'problems'; readonly job: number; readonly problems: readonly DocumentProblem[] };
