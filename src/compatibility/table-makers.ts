// Which bodies call functions that may make the tables that PostgreSQL did not find for them: mostly temporary ones. No release
// remembers a function that is new since its cut, so it is looked for where a table is missing, and only there.
import { readCatalogue } from '../database/catalogue.ts';
import type { Inspection, SqlError } from '../database/database.ts';
import type { FunctionBody } from '../model/function-body.ts';
import type { AskedName } from '../model/qualified-name.ts';
import type { CheckedBody } from './check-context.ts';
import { deepestCall, listCalls } from './function-bodies.ts';

/** In a text that a body runs too. */
const makes = /\bcreate\b[^;]*\btable\b|\binto\s+temp(?:orary)?\b/i;
const callsProcedure = /\bcall\s+[\w."]+\s*\(/i;

/** The same bodies, with those functions. */
export async function findMakers(
  session: Inspection,
  bodies: readonly CheckedBody[],
): Promise<readonly CheckedBody[]> {
  const lacking = bodies.filter(lacksTable);
  if (lacking.length === 0) return bodies;
  const known = new Map<string, readonly FunctionBody[]>();
  let names: readonly AskedName[] = lacking.flatMap(({ calls }) => calls);
  for (let depth = 1; depth < deepestCall && names.length > 0; depth += 1) {
    const fresh = [...new Map(names.map((name) => [keyOf(name), name])).values()].filter(
      (name) => !known.has(keyOf(name)),
    );
    const asked = { relations: [], enums: [], functions: [], bodies: fresh };
    const found = fresh.length === 0 ? [] : (await readCatalogue(session, asked)).bodies;
    for (const name of fresh)
      known.set(
        keyOf(name),
        found.filter((one) => one.name === name.name && (name.schema ?? one.schema) === one.schema),
      );
    names = found.flatMap(listCalls);
  }
  const makersOf = (called: readonly AskedName[], depth: number): string[] => {
    if (depth === deepestCall) return [];
    const functions = called.flatMap((name) => known.get(keyOf(name)) ?? []);
    return functions.flatMap((one) => [
      ...(makes.test(one.source) ? [one.source] : []),
      ...makersOf(listCalls(one), depth + 1),
    ]);
  };
  return bodies.map((one) => {
    if (!lacking.includes(one)) return one;
    // What a procedure does is not looked at: it may make all that the body names.
    const own = callsProcedure.test(one.body.source) ? [one.body.source] : [];
    return { ...one, makers: [...own, ...makersOf(one.calls, 1)] };
  });
}

/** PostgreSQL did not find a table that the call may have made by then. */
export function mayBeMade({ makers }: CheckedBody, { message }: Pick<SqlError, 'message'>): boolean {
  const name = readOwnTable(message);
  return name !== undefined && makers.some((source) => /\bexecute\b/i.test(source) || source.includes(name));
}

/** One without a schema, or in that of temporary tables. */
function readOwnTable(message: string): string | undefined {
  return /^relation "(?:pg_temp\.)?([^".]+)" does not exist$/.exec(message)?.[1];
}

function lacksTable({ failure, refused }: CheckedBody): boolean {
  const errors = [...refused.map(({ error }) => error), ...(failure === undefined ? [] : [failure])];
  return errors.some(({ message }) => readOwnTable(message) !== undefined);
}

function keyOf({ schema, name }: AskedName): string {
  return JSON.stringify([schema, name]);
}
