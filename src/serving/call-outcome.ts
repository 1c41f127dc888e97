// The outcome of a call. A refusal is a plain value: on the hot path, an Error's stack would cost too much.
import type { ErrorCode } from '../kernel/errors.ts';
import type { InputProblem } from './compile/compiled-release.ts';

export type CallOutcome =
  /** `result`: the result as JSON text. `suspectsDrift` as in a refusal: the prepared statement was stale. */
  { readonly kind: 'done'; readonly result: string; readonly suspectsDrift?: boolean } | CallRefusal;

export interface CallRefusal {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  /** For people. Never SQL, never a value of the request or of a row. */
  readonly detail: string;
  readonly hint?: string;
  readonly errors?: readonly InputProblem[];
  /** PostgreSQL's code of a refusal. */
  readonly sqlstate?: string;
  /** The database's message why it is unusable; for the log. */
  readonly cause?: string;
  /** The database may have changed under the serving release: the reconciler should check. */
  readonly suspectsDrift?: boolean;
}
