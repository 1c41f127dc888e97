// Runs the statements of a migration one by one in a scratch database and measures each: its locks on existing
// relations, and the tables that it rewrites. Each runs in a separate transaction.
import { resetScratch, type OwnerSession } from '../../database/session/owner-session.ts';
import { SqlFailure } from '../../database/sql-failure.ts';
import { type FileStatement, splitStatements } from '../../sql/split-statements.ts';

export interface StatementEffect {
  /** 1-based, in the file. */
  readonly line: number;
  /** The statement on one line, shortened. */
  readonly statement: string;
  /** The strongest lock on each relation: `table lock mode` in PostgreSQL's documentation. */
  readonly locks: readonly { readonly relation: string; readonly mode: string }[];
  /** Tables and indexes whose files it rewrites. */
  readonly rewrites: readonly string[];
}

export type RanStatements =
  | { readonly ok: true; readonly effects: readonly StatementEffect[] }
  | {
      readonly ok: false;
      readonly line: number;
      readonly message: string;
      readonly effects: readonly StatementEffect[];
    };

/** From the weakest to the strongest. */
const modes = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];
const words: Readonly<Record<string, string>> = {
  AccessShareLock: 'ACCESS SHARE',
  RowShareLock: 'ROW SHARE',
  RowExclusiveLock: 'ROW EXCLUSIVE',
  ShareUpdateExclusiveLock: 'SHARE UPDATE EXCLUSIVE',
  ShareLock: 'SHARE',
  ShareRowExclusiveLock: 'SHARE ROW EXCLUSIVE',
  ExclusiveLock: 'EXCLUSIVE',
  AccessExclusiveLock: 'ACCESS EXCLUSIVE',
};

const filesSql = `select c.oid::text as oid, case when n.nspname = current_schema() then c.relname else n.nspname || '.' || c.relname end as name,
  coalesce(pg_relation_filenode(c.oid), 0)::text as file, c.relkind::text as kind
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'm', 'v', 'S', 'i')`;
const locksSql = `select relation::text as oid, mode from pg_locks
  where locktype = 'relation' and granted and pid = pg_backend_pid()`;

/** Needs the loaded SQL parser. Stops at the first statement that PostgreSQL refuses. */
export async function runStatements(session: OwnerSession, sql: string): Promise<RanStatements> {
  const split = splitStatements(sql);
  if (!split.ok) return { ok: false, line: split.line, message: split.message, effects: [] };
  const effects: StatementEffect[] = [];
  for (const statement of split.statements) {
    const { line, text, isTransaction } = statement;
    // Every statement runs in a separate transaction, so that its locks can be told from earlier ones.
    if (isTransaction) continue;
    try {
      effects.push({ line, statement: shorten(text), ...(await measure(session, statement)) });
    } catch (error) {
      if (!(error instanceof SqlFailure)) throw error;
      await resetScratch(session);
      const { message, sqlstate } = error.error;
      return { ok: false, line, message: `${message} (SQLSTATE ${sqlstate})`, effects };
    }
  }
  return { ok: true, effects };
}

async function measure(
  session: OwnerSession,
  { text, isConcurrent, table }: FileStatement,
): Promise<Pick<StatementEffect, 'locks' | 'rewrites'>> {
  const before = await session.query(filesSql);
  const known = new Map(
    before.map(({ oid, name, file, kind }) => [oid ?? '', { name: name ?? '', file, kind }]),
  );
  if (isConcurrent) {
    // It cannot run in a transaction; PostgreSQL documents its lock.
    await session.run(text);
    const locks = table === undefined ? [] : [{ relation: table, mode: 'SHARE UPDATE EXCLUSIVE' }];
    return { locks, rewrites: [] };
  }
  await session.run('begin');
  await session.run(text);
  const held = await session.query(locksSql);
  const after = new Map((await session.query(filesSql)).map(({ oid, file }) => [oid ?? '', file]));
  await session.run('commit');
  const strongest = new Map<string, string>();
  for (const { oid, mode } of held) {
    const relation = known.get(oid ?? '');
    if (relation === undefined || relation.kind === 'i' || mode === undefined || mode === null) continue;
    const present = strongest.get(relation.name);
    if (present === undefined || modes.indexOf(mode) > modes.indexOf(present))
      strongest.set(relation.name, mode);
  }
  return {
    locks: [...strongest]
      .map(([relation, mode]) => ({ relation, mode: words[mode] ?? mode }))
      .sort((a, b) => (a.relation < b.relation ? -1 : 1)),
    rewrites: [...known]
      .filter(([oid, { file, kind }]) => {
        const now = after.get(oid);
        return (kind === 'r' || kind === 'm') && now !== undefined && now !== file;
      })
      .map(([, { name }]) => name)
      .sort(),
  };
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
