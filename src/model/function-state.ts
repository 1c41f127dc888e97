// What the check knows of a function of a live database, as its call role sees it. What its body does: function-body.ts.
import type { QualifiedName } from './qualified-name.ts';

export interface FunctionState {
  readonly schema: string;
  readonly name: string;
  /** With names, as `grant … on function` takes them. */
  readonly arguments: string;
  /** Types of the input arguments. */
  readonly argumentTypes: readonly QualifiedName[];
  /** How many of the last ones have a default. */
  readonly defaults: number;
  readonly result: string;
  /** Columns of what it gives: its OUT arguments or those of TABLE, else of its row type; none for the rest. */
  readonly outputs: readonly FunctionOutput[];
  /** What it does; '' for PostgreSQL's own. */
  readonly body: string;
  /** What an aggregate does with its rows; '' for any other function. */
  readonly aggregate: string;
  readonly language: string;
  /** NULL as soon as an argument is. */
  readonly strict: boolean;
  readonly executable: boolean;
}

export interface FunctionOutput {
  /** '' for an OUT argument without one. */
  readonly name: string;
  readonly type: QualifiedName;
}

/** A function that the call role may not execute; its arguments as `grant … on function` takes them. */
export interface RefusedFunction extends QualifiedName {
  readonly arguments: string;
}
