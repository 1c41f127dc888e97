// The check's knowledge of a function of a live database, as its call role sees it. function-body.ts describes its
// body.
import type { QualifiedName } from './qualified-name.ts';

export interface FunctionState {
  readonly schema: string;
  readonly name: string;
  /** With names, as in `grant … on function`. */
  readonly arguments: string;
  /** Types of the input arguments. */
  readonly argumentTypes: readonly QualifiedName[];
  /** How many of the last ones have a default. */
  readonly defaults: number;
  readonly result: string;
  /** Columns of its result: its OUT arguments or those of TABLE, else of its row type; empty for others. */
  readonly outputs: readonly FunctionOutput[];
  /** Its body; '' for PostgreSQL's own. */
  readonly body: string;
  /** An aggregate's definition; '' for any other function. */
  readonly aggregate: string;
  readonly language: string;
  /** Returns NULL when an argument is NULL. */
  readonly strict: boolean;
  readonly executable: boolean;
}

export interface FunctionOutput {
  /** '' for an OUT argument without one. */
  readonly name: string;
  readonly type: QualifiedName;
}

/** A function that the call role may not execute; its arguments as in `grant … on function`. */
export interface RefusedFunction extends QualifiedName {
  readonly arguments: string;
}
