// An environment's part of the embedded database: a schema, a role that owns it, and a role that may only run
// operations on it. They are created once, with the environment's init files, in one transaction that also records it.
import { createHash } from 'node:crypto';
import { StkError } from '../../kernel/errors.ts';
import { exchange, type ServerReply } from '../wire/exchange.ts';
import type { Link } from '../wire/link.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import { quoteIdentifier, quoteLiteral } from '../../kernel/quote-identifier.ts';
import { SqlFailure } from '../sql-failure.ts';

export interface EmbeddedSchema {
  readonly schema: string;
  readonly role: string;
}

export interface InitFile {
  /** Relative to the config repo's root. */
  readonly path: string;
  /** A function is only called when the schema is created. */
  readonly sql: string | (() => Promise<string>);
}

interface ReadFile extends InitFile {
  readonly sql: string;
}

/** The longest name that leaves room for the role's prefix in PostgreSQL's 63 bytes. */
const longestName = 58;
const reserved = /^(pg_.*|public|information_schema|stk)$/i;

/** The names that belong to an environment. */
export function nameEmbeddedSchema(environment: string): EmbeddedSchema {
  const digest = createHash('sha256').update(environment).digest('hex').slice(0, 12);
  const needsDigest = environment.length > longestName || reserved.test(environment);
  const schema = needsDigest ? `env_${environment.slice(0, 40)}_${digest}` : environment;
  return { schema, role: `stk_${schema}` };
}

/** Whether the environment's schema exists. The caller holds the engine. */
export async function hasEmbeddedSchema(link: Link, environment: string): Promise<boolean> {
  const marked = `select 1 from stk.environments where name = ${quoteLiteral(environment)}`;
  const table = await ask(link, "select to_regclass('stk.environments')");
  if (table.rows[0]?.[0] === null) return false;
  return (await ask(link, marked)).rows.length > 0;
}

/** Creates schema and role; the caller holds the engine. Throws StkError `database-unavailable` naming file and reason. */
export async function makeEmbeddedSchema(
  link: Link,
  environment: string,
  files: readonly InitFile[],
): Promise<void> {
  const init: readonly ReadFile[] = await Promise.all(
    files.map(async ({ path, sql }) => ({ path, sql: typeof sql === 'string' ? sql : await sql() })),
  );
  const names = nameEmbeddedSchema(environment);
  const schema = quoteIdentifier(names.schema);
  const role = quoteIdentifier(names.role);
  const owner = quoteIdentifier(`${ownerPrefix}${names.schema}`);
  // Only left over when an init file ended the transaction that it ran in.
  await ask(link, `drop schema if exists ${schema} cascade`);
  try {
    await ask(
      link,
      `begin;
       create schema if not exists stk;
       create table if not exists stk.environments (name text primary key, made_at timestamptz not null default now());
       alter table stk.environments add column if not exists init text[];
       do $make$ begin
         create role ${role} nologin; exception when duplicate_object then null;
       end $make$;
       do $make$ begin
         create role ${owner} nologin; exception when duplicate_object then null;
       end $make$;
       create schema ${schema} authorization ${owner};
       grant usage on schema ${schema} to ${role};
       alter default privileges in schema ${schema} grant select, insert, update, delete on tables to ${role};
       alter default privileges in schema ${schema} grant usage, select on sequences to ${role};
       alter default privileges for role ${owner} in schema ${schema} grant select, insert, update, delete on tables to ${role};
       alter default privileges for role ${owner} in schema ${schema} grant usage, select on sequences to ${role};
       `,
    );
    for (const file of init) {
      for (const name of extensionsOf(file)) await makeExtension(link, { file, name, schema: names.schema });
      await runInitFile(link, file, { schema, owner });
    }
    const paths = init.map(({ path }) => quoteLiteral(path)).join(', ');
    const made = `insert into stk.environments (name, init) values (${quoteLiteral(environment)}, array[${paths}]::text[])`;
    await ask(link, `drop function if exists pg_temp.stk_run_init(text); ${made}; commit`);
  } catch (error) {
    await ask(link, 'rollback');
    await ask(link, `drop schema if exists ${schema} cascade`);
    throw error;
  }
}

/** At the start of a line, where a statement begins. */
const createExtension =
  /^[ \t]*create[ \t]+extension[ \t]+(?:if[ \t]+not[ \t]+exists[ \t]+)?("?)([a-z0-9_-]+)\1/gim;

function extensionsOf({ sql }: ReadFile): readonly string[] {
  return [...new Set([...sql.matchAll(createExtension)].map(([, , name = '']) => name))];
}

/**
 * Only the superuser may create most extensions, and those of the embedded database grant no further access. The file's
 * own statement then finds it.
 */
async function makeExtension(
  link: Link,
  { file, name, schema }: { readonly file: ReadFile; readonly name: string; readonly schema: string },
): Promise<void> {
  const { rows } = await ask(
    link,
    `select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
      where e.extname = ${quoteLiteral(name)}`,
  );
  const [home] = rows[0] ?? [];
  if (home !== undefined && home !== schema && home !== 'pg_catalog')
    throw new StkError(
      'database-unavailable',
      `The embedded schema was not made: ${file.path}: the extension ${name} is in the schema ${home} already, and one embedded database has each extension once.`,
      { hint: 'Use it in one embedded environment; give the others a database server (urlFrom).' },
    );
  try {
    await ask(
      link,
      `create extension if not exists ${quoteIdentifier(name)} with schema ${quoteIdentifier(schema)} cascade`,
    );
  } catch (error) {
    if (!(error instanceof SqlFailure)) throw error;
    throw new StkError(
      'database-unavailable',
      `The embedded schema was not made: ${file.path}: ${error.error.message}.`,
      {
        hint: 'The embedded database has the extensions of its package: docs/config-repo.md names them.',
        cause: error,
      },
    );
  }
}

/** Together with a schema's longest name it stays within 63 bytes. */
const ownerPrefix = 'own_';

/**
 * A function that runs as its owner allows no statement to change the role or end the transaction. Deferred triggers
 * also run here: at the end of the transaction they would run as the superuser.
 */
const runner = `$run$ begin execute file; set constraints all immediate; end $run$`;

async function runInitFile(link: Link, file: ReadFile, { schema, owner }: OwnedSchema): Promise<void> {
  const text = withIfNotExists(file.sql);
  const hint = 'Correct the file and commit. Nothing of this attempt was kept; the schema is made again.';
  try {
    // Created again for each file, and called by nothing that a file can have changed: code run by its owner could
    // replace it.
    await ask(
      link,
      `create or replace function pg_temp.stk_run_init(file text) returns void language plpgsql security definer as ${runner};
       alter function pg_temp.stk_run_init(text) owner to ${owner};
       set local search_path = ${schema}`,
    );
    await ask(link, `select pg_temp.stk_run_init(${dollarQuoted(text)}::pg_catalog.text); reset all`);
  } catch (error) {
    if (!(error instanceof SqlFailure)) throw error;
    const { message, internalPosition: position, sqlstate } = error.error;
    if (sqlstate === '0A000' && message.includes('transaction commands')) throw endsTransaction(file, error);
    const where =
      position === undefined
        ? file.path
        : `${file.path}:${
            [...text]
              .slice(0, position - 1)
              .join('')
              .split('\n').length
          }`;
    throw new StkError('database-unavailable', `The embedded schema was not made: ${where}: ${message}.`, {
      hint,
      cause: error,
    });
  }
}

/** The extension exists by now; that is not an error of the file. Line numbers stay the same. */
function withIfNotExists(sql: string): string {
  return sql.replace(/^([ \t]*create[ \t]+extension)[ \t]+(?!if[ \t])/gim, '$1 if not exists ');
}

/** Quoted independently of settings that a file could have changed. */
function dollarQuoted(text: string): string {
  let tag = 'stk';
  while (text.includes(`$${tag}`)) tag += '_';
  return `$${tag}$${text}$${tag}$`;
}

interface OwnedSchema {
  /** Quoted. */
  readonly schema: string;
  readonly owner: string;
}

function endsTransaction(file: ReadFile, cause: unknown): StkError {
  return new StkError(
    'database-unavailable',
    `The embedded schema was not made: ${file.path} ends the transaction that it runs in.`,
    { hint: 'Remove BEGIN, COMMIT and ROLLBACK from init files: all of them run in one transaction.', cause },
  );
}

/** Runs statements with the simple protocol. Throws SqlFailure. */
export async function ask(link: Link, sql: string): Promise<ServerReply> {
  const reply = await exchange(link, new MessageWriter().query(sql).take());
  if (reply.error !== undefined) throw new SqlFailure(reply.error);
  return reply;
}
