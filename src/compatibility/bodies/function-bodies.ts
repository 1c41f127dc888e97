// The bodies of the functions in SQL and PL/pgSQL that a release calls. PostgreSQL analyses the former as it did when
// they were created, and describes the statements of the latter. Judges nothing.
import type { Inspection } from '../../database/database.ts';
import type { Catalogue } from '../../model/catalogue.ts';
import type { AskedName, QualifiedName } from '../../model/qualified-name.ts';
import type { FunctionBody } from '../../model/function-body.ts';
import { createLetCallsIn } from '../../kernel/let-calls-in.ts';
import { analyseRoutine, type RoutineAnalysis } from '../../sql/routine/analyse-routine.ts';
import { analyseBody, type BodyAnalysis } from '../../sql/routine/analyse-body.ts';
import { listBodyStatements } from '../../sql/routine/body-statements.ts';
import { loadSqlParser } from '../../sql/prepare-statement.ts';
import { quote, type CheckedBody } from '../check/check-context.ts';
import { writeSignature } from '../facts/signature.ts';
import {
  findDenial,
  findWait,
  listGiven,
  listRefused,
  listUnplanned,
  type AskedStatement,
  type AnsweredStatements,
} from './statement-refusals.ts';

/** A call from a statement, a call from its body, and a call from there. */
export const deepestCall = 3;

export interface AskedBody extends Omit<CheckedBody, 'denial' | 'refused' | 'given' | 'makers'> {
  /** For PL/pgSQL, the body's statements; for a sound body in SQL, those whose plans show what the call role may not do. */
  readonly statements: readonly AskedStatement[];
}

/** The functions that it calls, as far as its text shows. */
export function listCalls(body: FunctionBody): readonly AskedName[] {
  if (body.language === 'plpgsql') return readRoutine(body)?.functions ?? [];
  return listPossible(analyseBody(body.source));
}

/** `row.name` in a body in SQL may call a function. */
function listPossible(analysis: BodyAnalysis | undefined): CheckedBody['calls'] {
  const { functions = [], attributes = [] } = analysis ?? {};
  return [
    ...functions.map((called) => ({ ...called, isSure: true })),
    ...attributes.map(({ name }) => ({ schema: undefined, name, isSure: false })),
  ];
}

function readRoutine({
  source,
  name,
  argumentNames,
  argumentTypes,
}: FunctionBody): RoutineAnalysis | undefined {
  return analyseRoutine({
    definition: source,
    name,
    argumentNames,
    argumentTypes: argumentTypes.map(spellForCast),
  });
}

/** The bodies that PostgreSQL can judge. */
export async function askBodies(session: Inspection, catalogue: Catalogue): Promise<AskedBody[]> {
  const telling = catalogue.bodies.filter(isTelling);
  if (telling.length === 0) return [];
  await loadSqlParser();
  const inSql = await askInSql(session, catalogue, telling);
  return [...inSql, ...(await askInPlpgsql(session, catalogue, telling))];
}

async function askInSql(
  session: Inspection,
  catalogue: Catalogue,
  telling: readonly FunctionBody[],
): Promise<AskedBody[]> {
  // Bodies without their own search_path are asked about together.
  const asked = telling
    .filter(({ language }) => language === 'sql')
    .map((body) => ({ body, searchPath: readSetting(body, 'search_path') }))
    .sort((a, b) => Number(a.searchPath !== undefined) - Number(b.searchPath !== undefined));
  const failures = await session.analyseBodies(
    asked.map(({ body, searchPath }) => ({ oid: body.oid, searchPath })),
  );
  // Calls come first: parsing many large bodies takes time.
  const letCallsIn = createLetCallsIn();
  const bodies: AskedBody[] = [];
  for (const [i, { body }] of asked.entries()) {
    const analysis = analyseBody(body.source);
    bodies.push({
      body,
      signature: writeSignature(catalogue, body),
      analysis,
      calls: listPossible(analysis),
      made: none,
      fields: [],
      failure: failures[i],
      statements: failures[i] === undefined && runsAsCaller(body) ? listStatements(body) : [],
    });
    await letCallsIn();
  }
  return bodies;
}

const none: ReadonlySet<string> = new Set();

async function askInPlpgsql(
  session: Inspection,
  catalogue: Catalogue,
  telling: readonly FunctionBody[],
): Promise<AskedBody[]> {
  const letCallsIn = createLetCallsIn();
  const bodies: AskedBody[] = [];
  for (const body of telling) {
    if (body.language !== 'plpgsql') continue;
    const analysis = readRoutine(body);
    const searchPath = readSetting(body, 'search_path');
    const statements = analysis?.statements ?? [];
    const descriptions =
      searchPath === undefined
        ? []
        : await session.describe(
            statements.map(({ text }) => text),
            { searchPath },
          );
    if (analysis !== undefined)
      bodies.push({
        body,
        signature: writeSignature(catalogue, body),
        analysis: analysis.sure,
        calls: analysis.functions,
        made: analysis.made,
        fields: analysis.fields,
        failure: undefined,
        statements: statements.map((one, i) => ({ ...one, description: descriptions[i] })),
      });
    await letCallsIn();
  }
  return bodies;
}

/** `answers`: for their statements. Their `makers` are not known yet. */
export function toChecked(asked: readonly AskedBody[], answers: AnsweredStatements): CheckedBody[] {
  return asked.map(({ statements, ...body }) => ({
    ...body,
    failure: body.failure ?? findWait(statements, answers),
    denial: runsAsCaller(body.body) ? findDenial(statements, answers) : undefined,
    refused: [
      ...(body.body.language === 'plpgsql' ? listRefused(statements, answers) : []),
      ...listUnplanned(statements, answers),
    ],
    given: listGiven(statements, answers),
    makers: [],
  }));
}

function listStatements(body: FunctionBody): AskedStatement[] {
  const { source, name, argumentNames } = body;
  const types = body.argumentTypes.map(spellForCast);
  return listBodyStatements(source, { name, names: argumentNames, types }).map((text) => ({
    text,
    isSure: true,
    isExact: false,
    mayMeanColumns: false,
    isWhole: true,
    isReturned: false,
    description: undefined,
  }));
}

/** PostgreSQL spells array types in the way that the session can write them. */
function spellForCast({ schema, name }: QualifiedName): string {
  return schema === 'pg_catalog' || name.endsWith('[]') ? name : `${quote(schema)}.${quote(name)}`;
}

function isTelling(body: FunctionBody): boolean {
  return (
    body.isCallable &&
    !body.isPolymorphic &&
    readSetting(body, 'role') === undefined &&
    readSetting(body, 'session_authorization') === undefined
  );
}

/** A setting that the function sets while it runs. */
export function readSetting({ settings }: FunctionBody, name: string): string | undefined {
  return settings.find((setting) => setting.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** It runs as its caller, and names have the same meaning. */
export function runsAsCaller(body: FunctionBody): boolean {
  return !body.isDefiner && readSetting(body, 'search_path') === undefined;
}
