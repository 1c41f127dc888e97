// Which bodies call functions that may create the tables that PostgreSQL did not find for them, usually temporary ones.
// A release does not know functions that are newer than its cut, so they are looked up only when a table is missing.
import { readCatalogue } from '../../database/catalogue/catalogue.ts';
import type { Inspection, SqlError } from '../../database/database.ts';
import { createLetCallsIn } from '../../kernel/let-calls-in.ts';
import type { FunctionBody } from '../../model/function-body.ts';
import type { AskedName } from '../../model/qualified-name.ts';
import { parseName, type CheckContext, type CheckedBody } from '../check/check-context.ts';
import { readQuoted } from '../check/sql-failures.ts';
import { deepestCall, listCalls } from './function-bodies.ts';

const callsProcedure = /\bcall\s+[\w."]+\s*\(/i;

interface Found {
  readonly body: FunctionBody;
  readonly isMaker: boolean;
  readonly calls: readonly AskedName[];
}

/** The same bodies, with those functions. */
export async function findMakers(
  session: Inspection,
  bodies: readonly CheckedBody[],
): Promise<readonly CheckedBody[]> {
  const lacking = bodies.filter(lacksTable);
  if (lacking.length === 0) return bodies;
  const letCallsIn = createLetCallsIn();
  const known = new Map<string, readonly Found[]>();
  let names: readonly AskedName[] = lacking.flatMap(({ calls }) => calls);
  for (let depth = 1; depth < deepestCall && names.length > 0; depth += 1) {
    const fresh = [...new Map(names.map((name) => [keyOf(name), name])).values()].filter(
      (name) => !known.has(keyOf(name)),
    );
    const asked = { relations: [], enums: [], functions: [], bodies: fresh };
    const found = fresh.length === 0 ? [] : (await readCatalogue(session, asked)).bodies;
    const read: Found[] = [];
    for (const body of found) {
      read.push({ body, isMaker: mayMakeTable(body.source), calls: listCalls(body) });
      await letCallsIn();
    }
    for (const name of fresh)
      known.set(
        keyOf(name),
        read.filter(({ body }) => body.name === name.name && (name.schema ?? body.schema) === body.schema),
      );
    names = read.flatMap(({ calls }) => calls);
  }
  const makersOf = (called: readonly AskedName[]): string[] => {
    const reached = new Set<Found>();
    let level = called;
    for (let depth = 1; depth < deepestCall && level.length > 0; depth += 1) {
      const next = level.flatMap((name) => known.get(keyOf(name)) ?? []).filter((one) => !reached.has(one));
      for (const one of next) reached.add(one);
      level = [...new Set(next)].flatMap(({ calls }) => calls);
    }
    return [...reached].flatMap(({ body, isMaker }) => (isMaker ? [body.source] : []));
  };
  return bodies.map((one) => {
    if (!lacking.includes(one)) return one;
    // A procedure is not analysed: it may create everything that the body names.
    const own = callsProcedure.test(one.body.source) ? [one.body.source] : [];
    return { ...one, makers: [...own, ...makersOf(one.calls)] };
  });
}

/** PostgreSQL did not find a table that the call may have created by then. */
export function mayBeMade({ makers }: CheckedBody, error: Pick<SqlError, 'message' | 'sqlstate'>): boolean {
  const name = readOwnTable(error);
  return name !== undefined && makers.some((source) => /\bexecute\b/i.test(source) || source.includes(name));
}

/** A table without a schema, or in the schema of temporary tables. */
function readOwnTable({ message, sqlstate }: Pick<SqlError, 'message' | 'sqlstate'>): string | undefined {
  const { schema, name } =
    sqlstate === '42P01' ? parseName(readQuoted(message) ?? '') : { schema: '', name: '' };
  return schema === undefined || schema === 'pg_temp' ? name : undefined;
}

/** Also in a text that it executes. Searched piece by piece: one expression over the whole text could take seconds. */
function mayMakeTable(source: string): boolean {
  return source
    .split(';')
    .some((piece) => /\binto\s+temp/i.test(piece) || (/\bcreate\b/i.test(piece) && /\btable\b/i.test(piece)));
}

/**
 * No fingerprint covers the functions that such a body calls, because they were unknown at the cut. So its findings are
 * not remembered.
 */
export function followsUnknown({ bodies }: Pick<CheckContext, 'bodies'>): boolean {
  return bodies.some(lacksTable);
}

function lacksTable({ failure, refused }: CheckedBody): boolean {
  const errors = [...refused.map(({ error }) => error), ...(failure === undefined ? [] : [failure])];
  return errors.some((error) => readOwnTable(error) !== undefined);
}

function keyOf({ schema, name }: AskedName): string {
  return JSON.stringify([schema, name]);
}
