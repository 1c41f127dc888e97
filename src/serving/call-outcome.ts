// What became of a call. A refusal is a plain value: it is made on the hot path, where an Error's stack would cost.
import type { ErrorCode } from '../kernel/errors.ts';
import type { InputProblem } from './compile/compiled-release.ts';

export type CallOutcome =
  /** `result`: the result as JSON text. `suspectsDrift` as of a refusal: what was prepared for it had become stale. */
  { readonly kind: 'done'; readonly result: string; readonly suspectsDrift?: boolean } | CallRefusal;

export interface CallRefusal {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  /** For people. Never SQL, never a value of the request or of a row. */
  readonly detail: string;
  readonly hint?: string;
  readonly errors?: readonly InputProblem[];
  /** PostgreSQL's code, where it refused. */
  readonly sqlstate?: string;
  /** Why the database cannot be used, in its own words; for the log. */
  readonly cause?: string;
  /** The database may have changed under the serving release: worth a look by the reconciler. */
  readonly suspectsDrift?: boolean;
}
