// Whether a column's default, and not a value of the caller, failed in an INSERT. After the failure, the omitted
// columns' defaults are computed separately, read-only. Only for errors of class 22.
import type { Database } from '../database/database.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import { quoteIdentifier } from '../kernel/quote-identifier.ts';
import type { LeftColumns } from './compile/compiled-release.ts';

export interface DefaultQuestion {
  readonly inserts: readonly LeftColumns[];
  readonly sqlstate: string;
  /** The caller's claims as JSON text, because a default may read them. */
  readonly claims: string | undefined;
}

/** Failing calls of one statement share a running check. */
const running = new WeakMap<Database, Map<readonly LeftColumns[], Promise<boolean>>>();

/** Also false when the database is unreachable. */
export function failsByDefault(database: Database, question: DefaultQuestion): Promise<boolean> {
  const { inserts } = question;
  if (inserts.length === 0) return Promise.resolve(false);
  const looks = running.get(database) ?? new Map<readonly LeftColumns[], Promise<boolean>>();
  running.set(database, looks);
  const present = looks.get(inserts);
  if (present !== undefined) return present;
  const look = computeDefaults(database, question)
    .catch(() => false)
    .finally(() => looks.delete(inserts));
  looks.set(inserts, look);
  return look;
}

function computeDefaults(
  database: Database,
  { inserts, sqlstate, claims }: DefaultQuestion,
): Promise<boolean> {
  return database.inspect(async (session) => {
    for (const { schema, name, given } of inserts) {
      const table = [...(schema === undefined ? [] : [schema]), name].map(quoteIdentifier).join('.');
      const rows = await session.query(
        `select pg_catalog.pg_get_expr(d.adbin, d.adrelid) as expression
           from pg_catalog.pg_attrdef d join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
          where d.adrelid = pg_catalog.to_regclass($1) and a.attgenerated = '' and a.attname <> all ($2::pg_catalog.text[])`,
        [table, given],
      );
      for (const { expression } of rows) {
        const failure = await session
          .query(
            `select pg_catalog.set_config('request.jwt.claims', $1, true), (${expression ?? 'null'})::pg_catalog.text`,
            [claims ?? '{}'],
          )
          .then(() => undefined, sqlstateOf);
        if (failure === sqlstate) return true;
      }
    }
    return false;
  });
}

function sqlstateOf(error: unknown): string {
  if (error instanceof SqlFailure) return error.error.sqlstate;
  throw error;
}
