// Compares the migrations of the folder with the tool's ledger: applied, pending, changed, unknown, failed. Pure.
import type { MigrationPosture, MigrationSettings, PendingMigration } from '../../model/migration.ts';
import { findLosses, type ColumnTypes } from './find-losses.ts';
import type { LedgerEntry } from './ledger.ts';
import { ledgerReaders } from './ledgers/ledger-readers.ts';
import { isKeyOf, type Migration, type MigrationSet } from './migration-set.ts';
import type { ReadLedger } from './read-ledger.ts';

export interface LedgerComparison {
  readonly posture: MigrationPosture;
  /** As read; empty when they could not be read. */
  readonly migrations: readonly Migration[];
}

export interface ComparisonRequest {
  readonly settings: MigrationSettings;
  readonly set: MigrationSet;
  readonly ledger: ReadLedger;
  /** The current types of columns that pending migrations change. */
  readonly types: ColumnTypes;
}

export function compareLedger({ settings, set, ledger, types }: ComparisonRequest): LedgerComparison {
  const { tool, dir } = settings;
  const table = settings.table ?? ledgerReaders[tool].defaultTable;
  const whys = [...(set.ok ? [] : [`${dir}: ${set.message}`]), ...(ledger.ok ? [] : [ledger.why])];
  const unreadable = whys.length === 0 ? undefined : whys.join('; ');
  const migrations = set.ok ? set.migrations : [];
  const matched = match(migrations, ledger.ok ? ledger.entries : []);
  const of = (keep: (one: Migration) => boolean) =>
    migrations.filter(keep).map(({ name, path }) => ({ name, path }));
  const isFailed = (one: Migration): boolean => matched.entries.get(one)?.isFailed === true;
  const isOutdated = (one: Migration): boolean => isOther(one, matched.entries.get(one));
  const isPending = (one: Migration): boolean =>
    !matched.applied.has(one) || isFailed(one) || (one.isRepeatable && isOutdated(one));
  const created = new Set<string>();
  const pending = migrations.filter(isPending).map((one) => describePending(one, created, types));
  const posture: MigrationPosture = {
    tool,
    table,
    unreadable,
    applied: of((one) => !isPending(one)),
    pending,
    changed: of((one) => !isPending(one) && isOutdated(one)),
    unknown: set.ok ? matched.unknown : [],
    failed: of(isFailed).map(({ name }) => name),
  };
  return { posture, migrations };
}

interface Matched {
  readonly applied: ReadonlySet<Migration>;
  readonly entries: ReadonlyMap<Migration, LedgerEntry>;
  readonly unknown: readonly string[];
}

function match(migrations: readonly Migration[], ledger: readonly LedgerEntry[]): Matched {
  const entries = new Map<Migration, LedgerEntry>();
  const applied = new Set<Migration>();
  const unknown: string[] = [];
  for (const entry of ledger) {
    const position = migrations.findIndex((one) => isKeyOf(one, entry.key));
    const found = migrations[position];
    if (found === undefined) {
      unknown.push(entry.name);
      continue;
    }
    entries.set(found, entry);
    applied.add(found);
    if (entry.coversEarlier) for (const one of migrations.slice(0, position)) applied.add(one);
  }
  return { applied, entries, unknown };
}

function isOther({ checksums }: Migration, entry: LedgerEntry | undefined): boolean {
  if (entry?.checksum === undefined || checksums.length === 0) return false;
  return !checksums.includes(entry.checksum);
}

/** `created`: tables of earlier pending migrations, which are still empty; extended here. */
function describePending(
  { name, path, up, down }: Migration,
  created: Set<string>,
  types: ColumnTypes,
): PendingMigration {
  const wayDown = down !== undefined ? 'yes' : 'no';
  const losses = up.kind === 'sql' ? findLosses(up.sql, { created, types }) : undefined;
  return {
    name,
    path,
    wayDown: up.kind === 'unreadable' && down === undefined ? 'unknown' : wayDown,
    losses,
  };
}
