// Reads from a migration tool's ledger in the environment's database what was applied. Reads one table and writes
// nothing; a missing table differs from one that may not be read.
import type { Inspection } from '../../database/database.ts';
import { SqlFailure } from '../../database/sql-failure.ts';
import { StkError } from '../../kernel/errors.ts';
import { quoteIdentifier } from '../../kernel/quote-identifier.ts';
import type { MigrationSettings } from '../../model/migration.ts';
import type { LedgerEntry } from './ledger.ts';
import { ledgerReaders } from './ledgers/ledger-readers.ts';

export type ReadLedger =
  | { readonly ok: true; readonly entries: readonly LedgerEntry[] }
  | { readonly ok: false; readonly why: string };

/** Rejects only when the database does not answer. */
export async function readLedger(
  session: Pick<Inspection, 'query'>,
  { tool, table }: Pick<MigrationSettings, 'tool' | 'table'>,
): Promise<ReadLedger> {
  const reader = ledgerReaders[tool];
  const name = table ?? reader.defaultTable;
  const quoted = name.split('.').map(quoteIdentifier).join('.');
  try {
    const [found] = await session.query('select to_regclass($1)::text as oid', [quoted]);
    if (found?.['oid'] === null || found?.['oid'] === undefined)
      return {
        ok: false,
        why: `there is no table ${name}: ${tool} has never run here, or \`migrations.table\` names another one`,
      };
    return { ok: true, entries: await reader.read(session, quoted) };
  } catch (thrown) {
    if (thrown instanceof StkError && thrown.code === 'indeterminate')
      return { ok: false, why: thrown.message };
    if (!(thrown instanceof SqlFailure)) throw thrown;
    const { message, sqlstate } = thrown.error;
    const help = sqlstate === '42501' ? `: grant select on ${name} to the role of calls` : '';
    return { ok: false, why: `${name} cannot be read: ${message} (SQLSTATE ${sqlstate})${help}` };
  }
}
