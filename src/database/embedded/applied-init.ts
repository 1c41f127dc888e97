// Which `init` files have run in an environment's embedded schema: when it was created, and later through `stk db
// apply`. A schema from an older version has no such record.
import { quoteLiteral } from '../../kernel/quote-identifier.ts';
import { exchange } from '../wire/exchange.ts';
import type { Link } from '../wire/link.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import { SqlFailure } from '../sql-failure.ts';

const undefinedColumn = '42703';
/** An outside session may have set another role. */
const asOwner = `select pg_catalog.set_config('session_authorization', 'postgres', true), pg_catalog.set_config('role', 'none', true)`;

/** Paths relative to the config repo's root. The caller holds the engine. `undefined` when nothing is recorded. */
export async function readAppliedInit(
  link: Link,
  environment: string,
): Promise<readonly string[] | undefined> {
  // The first row only shows that there is a record.
  const paths = `select pg_catalog.unnest(pg_catalog.array_prepend(null::pg_catalog.text, init)) from stk.environments
    where name = ${quoteLiteral(environment)} and init is not null`;
  const { rows, error } = await exchange(link, new MessageWriter().query(`${asOwner}; ${paths}`).take());
  if (error?.sqlstate === undefinedColumn) return undefined;
  if (error !== undefined) throw new SqlFailure(error);
  const answered = rows.filter((row) => row.length === 1);
  return answered.length === 0 ? undefined : answered.flatMap(([path]) => path ?? []);
}

/** A statement that records that the file was applied, if files are recorded. */
export function recordApplied(environment: string, path: string): string {
  const [name, file] = [quoteLiteral(environment), quoteLiteral(path)];
  const update = `update stk.environments set init = init || ${file}::text where name = ${name} and ${file} <> all (init)`;
  return `do ${quoteLiteral(`begin ${update}; exception when undefined_column then null; end`)}`;
}
