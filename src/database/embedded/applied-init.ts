// Which files of `init` an environment's embedded schema has had: those that it was made with, and those that `stk db apply`
// ran later. A schema that an older version made has no such record.
import { quoteLiteral } from '../../kernel/quote-identifier.ts';
import { exchange } from '../wire/exchange.ts';
import type { Link } from '../wire/link.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import { SqlFailure } from '../sql-failure.ts';

const undefinedColumn = '42703';
/** An outside session may have set another role. */
const asOwner = `select pg_catalog.set_config('session_authorization', 'postgres', true), pg_catalog.set_config('role', 'none', true)`;

/** Paths from the config repo's root, for whoever holds the engine. `undefined` when nothing is recorded. */
export async function readAppliedInit(
  link: Link,
  environment: string,
): Promise<readonly string[] | undefined> {
  // The first row only says that there is a record.
  const paths = `select pg_catalog.unnest(pg_catalog.array_prepend(null::pg_catalog.text, init)) from stk.environments
    where name = ${quoteLiteral(environment)} and init is not null`;
  const { rows, error } = await exchange(link, new MessageWriter().query(`${asOwner}; ${paths}`).take());
  if (error?.sqlstate === undefinedColumn) return undefined;
  if (error !== undefined) throw new SqlFailure(error);
  const answered = rows.filter((row) => row.length === 1);
  return answered.length === 0 ? undefined : answered.flatMap(([path]) => path ?? []);
}

/** A statement that records that the file was applied, where files are recorded. */
export function recordApplied(environment: string, path: string): string {
  const [name, file] = [quoteLiteral(environment), quoteLiteral(path)];
  const update = `update stk.environments set init = init || ${file}::text where name = ${name} and ${file} <> all (init)`;
  return `do ${quoteLiteral(`begin ${update}; exception when undefined_column then null; end`)}`;
}
