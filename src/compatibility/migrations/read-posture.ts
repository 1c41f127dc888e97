// The posture of one environment: its migrations in the files, compared with the ledger in its database. Only reads.
import type { Inspection } from '../../database/database.ts';
import { quoteIdentifier } from '../../kernel/quote-identifier.ts';
import type { MigrationFile, MigrationSettings } from '../../model/migration.ts';
import { loadSqlParser } from '../../sql/pg-parser.ts';
import { compareLedger, type LedgerComparison } from './compare-ledger.ts';
import { listRetyped } from './find-losses.ts';
import { readMigrationSet, type MigrationSet } from './migration-set.ts';
import type { DeclaredType } from './narrowing.ts';
import { readLedger } from './read-ledger.ts';

/** The files of the folder, or why they could not be read. */
export type FoundFiles =
  | { readonly ok: true; readonly files: readonly MigrationFile[] }
  | { readonly ok: false; readonly message: string };

/** Rejects when the database does not answer. */
export async function readPosture(
  session: Pick<Inspection, 'query'>,
  settings: MigrationSettings,
  found: FoundFiles,
): Promise<LedgerComparison> {
  await loadSqlParser();
  const set: MigrationSet = found.ok ? readMigrationSet(settings.tool, found.files) : found;
  const ledger = await readLedger(session, settings);
  const first = compareLedger({ settings, set, ledger, types: new Map() });
  const paths = new Set(first.posture.pending.map(({ path }) => path));
  const pending = first.migrations.filter(({ path }) => paths.has(path));
  const retyped = pending.flatMap(({ up }) => (up.kind === 'sql' ? listRetyped(up.sql) : []));
  if (retyped.length === 0) return first;
  return compareLedger({ settings, set, ledger, types: await readTypes(session, retyped) });
}

async function readTypes(
  session: Pick<Inspection, 'query'>,
  columns: readonly { readonly table: string; readonly column: string }[],
): Promise<Map<string, DeclaredType>> {
  const rows = await session.query(
    `select a.place, t.typname as name, format_type(c.atttypid, c.atttypmod) as text
     from unnest($1::text[], $2::text[], $3::text[]) as a(place, relation, name)
     join pg_attribute c on c.attrelid = to_regclass(a.relation) and c.attname = a.name::name and not c.attisdropped
     join pg_type t on t.oid = c.atttypid`,
    [
      columns.map(({ table, column }) => `${table}.${column}`),
      columns.map(({ table }) => table.split('.').map(quoteIdentifier).join('.')),
      columns.map(({ column }) => column),
    ],
  );
  return new Map(
    rows.map(({ place, name, text }) => [
      place ?? '',
      { name: name ?? '', modifiers: modifiersIn(text ?? ''), text: text ?? '' },
    ]),
  );
}

function modifiersIn(text: string): number[] {
  return (/\(([\d,]+)\)/.exec(text)?.[1] ?? '')
    .split(',')
    .flatMap((one) => (one === '' ? [] : [Number(one)]));
}
