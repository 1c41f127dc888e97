// What every reader of a migration tool's ledger is: the tool's table, read only, as entries of one shape.
import type { Inspection } from '../../database/database.ts';

export interface LedgerEntry {
  /** As the migration's `key` (migration-set.ts). */
  readonly key: string;
  /** For people, where no file has this key. */
  readonly name: string;
  /** Of the file when it was applied; `undefined` when the tool keeps none. */
  readonly checksum: string | undefined;
  /** Begun and not finished, or marked as failed. */
  readonly isFailed: boolean;
  /** Every earlier migration is applied as well, though the ledger has no row for it. */
  readonly coversEarlier: boolean;
}

export interface LedgerReader {
  /** `table` or `schema.table`. */
  readonly defaultTable: string;
  /** `table`: quoted as SQL takes it. In the order in which they were applied. Throws SqlFailure. */
  read(session: Pick<Inspection, 'query'>, table: string): Promise<readonly LedgerEntry[]>;
  /** The tool's command that applies what is pending, and the one that takes the last back, if it has one. */
  readonly commands: { readonly up: string; readonly down: string | undefined };
}

export const plainEntry = { checksum: undefined, isFailed: false, coversEarlier: false } as const;
