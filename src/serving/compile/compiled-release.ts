// A release that is ready to serve: validators compiled, statements prepared, permissions indexed. Independent of
// environments and databases; compiled once for each blob.
import type { Release } from '../../model/release.ts';
import type { Statement } from '../../sql/statement.ts';
import type { CallStatement } from '../../database/database.ts';

export interface CompiledRelease {
  readonly release: Release;
  /** Hex digest of the release file's bytes: names prepared statements. */
  readonly digest: string;
  readonly operations: ReadonlyMap<string, CompiledOperation>;
  /** The statement of every SQL operation, for the check. */
  readonly statements: ReadonlyMap<string, Statement>;
  /** `config` as JSON text. */
  readonly configJson: string;
  /**
   * Whether one of `roles` may call `operation`; `config.read` counts as an operation here. Never true for a name
   * outside the release.
   */
  isAllowed(roles: readonly string[], operation: string): boolean;
}

export type CompiledOperation =
  | {
      readonly kind: 'sql';
      readonly name: string;
      readonly statement: CallStatement;
      readonly parameters: readonly string[];
      /** Columns that the statement writes; `undefined` when unknown. */
      readonly columns: readonly string[] | undefined;
      /** Tables that it inserts into with a column list. */
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

/** A table, and the columns that the statement writes; the others get their defaults. */
export interface LeftColumns {
  /** `undefined` when found by the search_path. */
  readonly schema: string | undefined;
  readonly name: string;
  readonly given: readonly string[];
}

/** `undefined` when the input is valid. Otherwise the problems, by JSON pointer into the input. */
export type InputValidator = (input: unknown) => readonly InputProblem[] | undefined;

export interface InputProblem {
  readonly pointer: string;
  readonly detail: string;
}
