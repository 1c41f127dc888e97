// The bodies of the functions in SQL that a release calls: PostgreSQL analyses them as it did when they were made. Which
// function of a name a body itself calls is followed only where there is one of that name. Judges nothing.
import type { Inspection, SqlError } from '../database/database.ts';
import type { Catalogue } from '../model/catalogue.ts';
import type { AskedName, QualifiedName } from '../model/qualified-name.ts';
import type { FunctionBody } from '../model/function-body.ts';
import { createBreathe } from '../model/breathe.ts';
import { analyseBody } from '../sql/analyse-body.ts';
import { listBodyStatements } from '../sql/body-statements.ts';
import { loadSqlParser } from '../sql/prepare-statement.ts';
import { parseName, quote, type CheckContext, type CheckedBody } from './check-context.ts';
import { toRelativeName, toRelativeType } from './relative-names.ts';

/** A call from a statement, a call from its body, and one from there. */
export const deepestCall = 3;

export interface AskedBody extends Omit<CheckedBody, 'denial'> {
  /** Statements of a sound body whose plans tell what the call role may not do. */
  readonly statements: readonly string[];
}

/** Those of which PostgreSQL tells something. */
export async function askBodies(session: Inspection, catalogue: Catalogue): Promise<AskedBody[]> {
  // Those without a search_path of their own are asked together.
  const asked = catalogue.bodies
    .filter(isTelling)
    .map((body) => ({ body, searchPath: readSetting(body, 'search_path') }))
    .sort((a, b) => Number(a.searchPath !== undefined) - Number(b.searchPath !== undefined));
  if (asked.length === 0) return [];
  await loadSqlParser();
  const failures = await session.analyseBodies(
    asked.map(({ body, searchPath }) => ({ oid: body.oid, searchPath })),
  );
  // Calls come first: to parse many large bodies takes a while.
  const breathe = createBreathe();
  const bodies: AskedBody[] = [];
  for (const [i, { body }] of asked.entries()) {
    bodies.push({
      body,
      signature: writeSignature(catalogue, body),
      analysis: analyseBody(body.source),
      failure: failures[i],
      statements: failures[i] === undefined && runsAsCaller(body) ? listStatements(body) : [],
    });
    await breathe();
  }
  return bodies;
}

function listStatements({ source, name, argumentNames, argumentTypes }: FunctionBody): string[] {
  const types = argumentTypes.map((type) => {
    // Arrays are spelled by PostgreSQL as the session may write them.
    const isSpelled = type.schema === 'pg_catalog' || type.name.endsWith('[]');
    return isSpelled ? type.name : `${quote(type.schema)}.${quote(type.name)}`;
  });
  return listBodyStatements(source, { name, names: argumentNames, types });
}

function isTelling(body: FunctionBody): boolean {
  return (
    body.isCallable &&
    !body.isPolymorphic &&
    readSetting(body, 'role') === undefined &&
    readSetting(body, 'session_authorization') === undefined
  );
}

/** What the function sets while it runs. */
export function readSetting({ settings }: FunctionBody, name: string): string | undefined {
  return settings.find((setting) => setting.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** It runs as its caller, and names mean the same. */
export function runsAsCaller(body: FunctionBody): boolean {
  return !body.isDefiner && readSetting(body, 'search_path') === undefined;
}

export function writeSignature(
  catalogue: Catalogue,
  { schema, name, argumentTypes }: QualifiedName & Pick<FunctionBody, 'argumentTypes'>,
): string {
  const types = argumentTypes.map((type) => toRelativeType(catalogue, type));
  return `${toRelativeName(catalogue, { schema, name })}(${types.join(', ')})`;
}

export function nameInSignature(signature: string): AskedName {
  const [written = signature] = /^(?:"(?:[^"]|"")*"|[^("])+/.exec(signature) ?? [];
  return parseName(written);
}

const known = new WeakMap<CheckContext, ReadonlyMap<CheckedBody, readonly string[]>>();

/** Bodies that operations of the release run and that were sound at the cut, with those operations. */
export function callersOf(context: CheckContext): ReadonlyMap<CheckedBody, readonly string[]> {
  let callers = known.get(context);
  if (callers === undefined) known.set(context, (callers = findCallers(context)));
  return callers;
}

function findCallers({ release, bodies, operations }: CheckContext): Map<CheckedBody, string[]> {
  const callers = new Map<CheckedBody, string[]>();
  if (bodies.length === 0) return callers;
  const sound = new Set(release.contract?.bodies);
  const bySignature = new Map(bodies.map((one) => [one.signature, one]));
  const calls = findCalls(bodies);
  for (const { name } of operations) {
    const called = listSure(release.contract?.operations.get(name)?.functions ?? []);
    for (const one of reach(
      calls,
      new Set(called.flatMap((signature) => bySignature.get(signature) ?? [])),
    )) {
      if (!sound.has(one.signature)) continue;
      const names = callers.get(one);
      if (names === undefined) callers.set(one, [name]);
      else names.push(name);
    }
  }
  return callers;
}

type Calls = ReadonlyMap<CheckedBody, ReadonlySet<CheckedBody>>;

/** The functions that each calls, where there is but one of the name, and they run as it does. */
function findCalls(bodies: readonly CheckedBody[]): Calls {
  const byName = new Map<string, CheckedBody[]>();
  for (const one of bodies.filter(({ body }) => body.isOnly))
    byName.set(one.body.name, [...(byName.get(one.body.name) ?? []), one]);
  return new Map(
    bodies.map((caller) => {
      const functions = runsAsCaller(caller.body) ? (caller.analysis?.functions ?? []) : [];
      const called = functions.flatMap(({ schema, name }) =>
        (byName.get(name) ?? []).filter(({ body }) => (schema ?? body.schema) === body.schema),
      );
      return [caller, new Set(called)];
    }),
  );
}

/** Of several of one name the release may only know that it is one of them. */
function listSure(called: readonly string[]): string[] {
  const counts = new Map<string, number>();
  const names = called.map((signature) => nameInSignature(signature).name);
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return called.filter((_signature, i) => counts.get(names[i] ?? '') === 1);
}

/** These, those that they call, and so on. */
function reach(calls: Calls, first: ReadonlySet<CheckedBody>): Set<CheckedBody> {
  const reached = new Set<CheckedBody>();
  let level = first;
  for (let depth = 1; depth <= deepestCall && level.size > 0; depth += 1) {
    const next = new Set<CheckedBody>();
    for (const one of level) reached.add(one);
    for (const one of level)
      for (const called of calls.get(one) ?? []) if (!reached.has(called)) next.add(called);
    level = next;
  }
  return reached;
}

/** Everything that PostgreSQL refused of what the release runs. */
export function failuresOf(context: CheckContext): SqlError[] {
  return [
    ...context.operations.flatMap(({ failure }) => failure ?? []),
    ...[...callersOf(context).keys()].flatMap(({ failure, denial }) => [failure ?? [], denial ?? []].flat()),
  ];
}
