// A release made ready to answer: validators compiled, statements prepared, permissions indexed. Independent of
// any environment and database; compiled once for a blob, whatever environments serve it.
import type { Release } from '../../model/release.ts';
import type { Statement } from '../../sql/statement.ts';
import type { CallStatement } from '../../database/database.ts';

export interface CompiledRelease {
  readonly release: Release;
  /** Hex digest of the release file's bytes: names prepared statements. */
  readonly digest: string;
  readonly operations: ReadonlyMap<string, CompiledOperation>;
  /** Statement of every SQL operation, for the check. */
  readonly statements: ReadonlyMap<string, Statement>;
  /** `config` as JSON text. */
  readonly configJson: string;
  /** Whether one of `roles` may call `operation`; `config.read` is an operation here. Never true for a name outside the release. */
  isAllowed(roles: readonly string[], operation: string): boolean;
}

export type CompiledOperation =
  | {
      readonly kind: 'sql';
      readonly name: string;
      readonly statement: CallStatement;
      readonly parameters: readonly string[];
      /** Columns to which the statement gives values; `undefined` means not known which. */
      readonly columns: readonly string[] | undefined;
      /** Tables into which it inserts, where it names the columns. */
      readonly inserts: readonly LeftColumns[];
      readonly returns: 'one' | 'many' | 'count';
      readonly validate: InputValidator;
    }
  | {
      readonly kind: 'constant';
      readonly name: string;
      readonly json: string;
      readonly validate: InputValidator;
    };

/** A table, and the columns of it that get a value of the statement; the others are left to their defaults. */
export interface LeftColumns {
  /** `undefined` means found by the search_path. */
  readonly schema: string | undefined;
  readonly name: string;
  readonly given: readonly string[];
}

/** `undefined` when the input is valid. Otherwise what is wrong, by JSON pointer into the input. */
export type InputValidator = (input: unknown) => readonly InputProblem[] | undefined;

export interface InputProblem {
  readonly pointer: string;
  readonly detail: string;
}
