// The interface of every reader of a migration tool's ledger: reads the tool's table and returns its entries in one
// form.
import type { Inspection } from '../../database/database.ts';

export interface LedgerEntry {
  /** As the migration's `key` (migration-set.ts). */
  readonly key: string;
  /** The name for people when no file has this key. */
  readonly name: string;
  /** The file's checksum when it was applied; `undefined` when the tool stores none. */
  readonly checksum: string | undefined;
  /** Started and not finished, or marked as failed. */
  readonly isFailed: boolean;
  /** Every earlier migration is applied too, although the ledger has no row for it. */
  readonly coversEarlier: boolean;
}

export interface LedgerReader {
  /** `table` or `schema.table`. */
  readonly defaultTable: string;
  /** `table`: quoted for SQL. In the order in which they were applied. Throws SqlFailure. */
  read(session: Pick<Inspection, 'query'>, table: string): Promise<readonly LedgerEntry[]>;
  /** The tool's command that applies pending migrations, and the one that undoes the last, if it has one. */
  readonly commands: { readonly up: string; readonly down: string | undefined };
}

export const plainEntry = { checksum: undefined, isFailed: false, coversEarlier: false } as const;
