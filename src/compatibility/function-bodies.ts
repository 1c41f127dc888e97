// The bodies of the functions in SQL that a release calls: PostgreSQL analyses them as it did when they were made. Which
// function of a name a body itself calls is followed only where there is one of that name. Judges nothing.
import type { Inspection, SqlError } from '../database/database.ts';
import type { AskedName, Catalogue, QualifiedName } from '../model/catalogue.ts';
import type { FunctionBody } from '../model/function-body.ts';
import { createBreathe } from '../model/breathe.ts';
import { analyseBody } from '../sql/analyse-body.ts';
import { listBodyStatements } from '../sql/body-statements.ts';
import { loadSqlParser } from '../sql/prepare-statement.ts';
import {
  parseName,
  quote,
  type CheckContext,
  type CheckedBody,
  type CheckedOperation,
} from './check-context.ts';
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

/** The functions that one calls, where there is but one of the name, and they run as it does. */
function callsOf(
  all: readonly CheckedBody[],
  { body, analysis }: Pick<CheckedBody, 'body' | 'analysis'>,
): CheckedBody[] {
  if (!runsAsCaller(body)) return [];
  return (analysis?.functions ?? []).flatMap(({ schema, name }) =>
    all.filter(
      (one) => one.body.isOnly && one.body.name === name && (schema ?? one.body.schema) === one.body.schema,
    ),
  );
}

const known = new WeakMap<CheckContext, ReadonlyMap<CheckedBody, readonly string[]>>();

/** Bodies that operations of the release run and that were sound at the cut, with those operations. */
export function callersOf(context: CheckContext): ReadonlyMap<CheckedBody, readonly string[]> {
  let callers = known.get(context);
  if (callers === undefined) known.set(context, (callers = findCallers(context)));
  return callers;
}

function findCallers(context: CheckContext): Map<CheckedBody, string[]> {
  const callers = new Map<CheckedBody, string[]>();
  const sound = new Set(context.release.contract?.bodies);
  for (const checked of context.bodies.length === 0 ? [] : context.operations) {
    for (const body of bodiesOf(context, checked)) {
      if (sound.has(body.signature)) callers.set(body, [...(callers.get(body) ?? []), checked.name]);
    }
  }
  return callers;
}

/** Everything that PostgreSQL refused of what the release runs. */
export function failuresOf(context: CheckContext): SqlError[] {
  return [
    ...context.operations.flatMap(({ failure }) => failure ?? []),
    ...[...callersOf(context).keys()].flatMap(({ failure, denial }) => [failure ?? [], denial ?? []].flat()),
  ];
}

/** Bodies that the operation runs, as the release knows its calls. */
function bodiesOf({ release, bodies }: CheckContext, { name }: CheckedOperation): Set<CheckedBody> {
  const called = release.contract?.operations.get(name)?.functions ?? [];
  const names = called.map((signature) => nameInSignature(signature).name);
  // Several of one name: the release may only know that it is one of them.
  const sure = called.filter((_signature, i) => names.filter((one) => one === names[i]).length === 1);
  const reached = new Set<CheckedBody>();
  let level = bodies.filter(({ signature }) => sure.includes(signature));
  for (let depth = 1; depth <= deepestCall && level.length > 0; depth += 1) {
    for (const one of level) reached.add(one);
    level = level.flatMap((one) => callsOf(bodies, one)).filter((one) => !reached.has(one));
  }
  return reached;
}
