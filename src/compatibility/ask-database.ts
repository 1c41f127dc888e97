// Asks a session everything that the rules need: catalogue, descriptions, plans. Judges nothing.
import { readCatalogue, type CatalogueRequest } from '../database/catalogue.ts';
import type { Description, Explanation, Inspection, SqlError } from '../database/database.ts';
import { createBreathe } from '../model/breathe.ts';
import type { AskedName, Catalogue } from '../model/catalogue.ts';
import type { Release, SqlOperation } from '../model/release.ts';
import type { Statement } from '../sql/statement.ts';
import {
  findRelation,
  parseName,
  type CheckContext,
  type CheckedOperation,
  type SpelledType,
} from './check-context.ts';
import { askBodies, nameInSignature } from './function-bodies.ts';
import { isWait } from './indeterminate.ts';
import { keyOf, type Answers, type PlannedStatement } from './known-answers.ts';
import { readWords } from './read-words.ts';
import { findRefusedFunctions } from './refused-functions.ts';

export interface Asked {
  readonly release: Release;
  readonly statements: ReadonlyMap<string, Statement>;
}

export async function askDatabase(
  session: Inspection,
  engine: CheckContext['engine'],
  asked: Asked,
): Promise<CheckContext> {
  const names = listNames([asked]);
  const { contexts } = await askDatabaseForEach(session, engine, { releases: [asked], names });
  const [context] = contexts;
  if (context === undefined) throw new Error('one release was asked for, and none was answered');
  return context;
}

export interface AskingForMany {
  readonly releases: readonly Asked[];
  /** At least what the releases name, as {@link listNames} tells. */
  readonly names: CatalogueRequest;
  /** What the database answered before and would answer still. */
  readonly known?: Answers | undefined;
}

/**
 * The same for many releases at about the price of one: one catalogue read, and each text of a statement asked once, if it
 * is not known. `answers`: all that these releases asked, for the next.
 */
export async function askDatabaseForEach(
  session: Inspection,
  engine: CheckContext['engine'],
  { releases, names, known }: AskingForMany,
): Promise<{ readonly contexts: readonly CheckContext[]; readonly answers: Answers }> {
  const listed = releases.map(({ release, statements }) => ({
    release,
    sqlOperations: listOperations(release, statements),
  }));
  const key = keyOf(names);
  const catalogue = known?.catalogues.get(key) ?? (await readCatalogue(session, names));
  const spellings = unique(
    releases.flatMap(({ release }) => [...release.schema.tables.values()].flatMap(listSpellings)),
  );
  const texts = unique(
    listed.flatMap(({ sqlOperations }) =>
      sqlOperations.flatMap(({ statement }) => (isAskable(statement) ? [statement.text] : [])),
    ),
  );
  const asked = await askBodies(session, catalogue);
  const inside = asked.flatMap(({ statements }) => statements);
  const { types, descriptions, explanations } = await askStatements(session, {
    spellings,
    texts: inside.length === 0 ? texts : unique([...texts, ...inside]),
    known,
  });
  const filtered = await findFiltered(session, catalogue, { all: releases, texts });
  const refusedFunctions = await findRefusedFunctions(session, [
    ...descriptions.values(),
    ...explanations.values(),
  ]);
  const bodies = asked.map(({ statements, ...body }) => ({
    ...body,
    failure:
      body.failure ??
      statements.flatMap(
        (text) => readWait(descriptions.get(text)) ?? readWait(explanations.get(text)) ?? [],
      )[0],
    denial: statements.flatMap((text) => readDenial(explanations.get(text)) ?? [])[0],
  }));
  const breathe = createBreathe();
  const contexts: CheckContext[] = [];
  for (const { release, sqlOperations } of listed) {
    const operations: CheckedOperation[] = [];
    for (const { operation, statement } of sqlOperations) {
      const description = descriptions.get(statement.text);
      const explanation = explanations.get(statement.text);
      let words: ReadonlySet<string> | undefined;
      const refusal =
        description?.ok === false ? description : explanation?.ok === false ? explanation : undefined;
      operations.push({
        operation,
        name: operation.name,
        statement,
        analysis: statement.analysis,
        description,
        explanation,
        failure: refusal?.error,
        isFiltered: filtered.has(statement.text),
        // Few rules ask, of few operations; to read a thousand statements takes a while.
        get words() {
          return (words ??= readWords(statement.text));
        },
      });
      await breathe();
    }
    contexts.push({ release, engine, catalogue, operations, refusedFunctions, bodies, types });
  }
  return { contexts, answers: toAnswers({ key, catalogue, types, descriptions, explanations }) };
}

interface StatementAnswers {
  readonly types: ReadonlyMap<string, SpelledType | undefined>;
  readonly descriptions: ReadonlyMap<string, Description | undefined>;
  readonly explanations: ReadonlyMap<string, Explanation | undefined>;
}

/** Descriptions and plans of what is not known, beside what is. */
async function askStatements(
  session: Inspection,
  asked: {
    readonly spellings: readonly string[];
    readonly texts: readonly string[];
    readonly known: Answers | undefined;
  },
): Promise<StatementAnswers> {
  const { known } = asked;
  const spellings = asked.spellings.filter((spelling) => known?.types.has(spelling) !== true);
  const texts = asked.texts.filter((text) => known?.statements.has(text) !== true);
  // Types are understood by PostgreSQL itself: a cast to each is described together with the statements.
  const described = await session.describe([
    ...spellings.map((spelling) => `select cast($1 as ${isSpelling(spelling) ? spelling : '!'}) as stk_type`),
    ...texts,
  ]);
  const newTypes = new Map(
    spellings.map((spelling, i): [string, SpelledType | undefined] => [spelling, readType(described[i])]),
  );
  const newDescriptions = new Map(texts.map((text, i) => [text, described[spellings.length + i]]));
  const planned = texts.flatMap((text) => {
    const description = newDescriptions.get(text);
    return description?.ok === true ? [{ text, parameterTypes: description.parameters }] : [];
  });
  const explained = await session.explain(planned);
  const newExplanations = new Map(planned.map(({ text }, i) => [text, explained[i]]));
  const join = <T>(all: readonly string[], before: (one: string) => T, now: ReadonlyMap<string, T>) =>
    new Map(all.map((one): [string, T | undefined] => [one, now.has(one) ? now.get(one) : before(one)]));
  return {
    types: join(asked.spellings, (spelling) => known?.types.get(spelling), newTypes),
    descriptions: join(asked.texts, (text) => known?.statements.get(text)?.description, newDescriptions),
    explanations: join(asked.texts, (text) => known?.statements.get(text)?.explanation, newExplanations),
  };
}

function toAnswers({
  key,
  catalogue,
  types,
  descriptions,
  explanations,
}: StatementAnswers & { readonly key: string; readonly catalogue: Catalogue }): Answers {
  const statements = new Map<string, PlannedStatement>();
  for (const [text, description] of descriptions) {
    const explanation = explanations.get(text);
    if (description?.ok === true && explanation?.ok === true)
      statements.set(text, { description, explanation });
  }
  const spelled = new Map<string, SpelledType>();
  for (const [spelling, type] of types) if (type !== undefined) spelled.set(spelling, type);
  return { catalogues: new Map([[key, catalogue]]), types: spelled, statements };
}

/** Texts that row-level security would filter. Asked only where some was switched on since a release was cut. */
async function findFiltered(
  session: Inspection,
  catalogue: CheckContext['catalogue'],
  { all, texts }: { readonly all: readonly Asked[]; readonly texts: readonly string[] },
): Promise<ReadonlySet<string>> {
  const isNew = all.some(({ release }) =>
    [...(release.contract?.relations ?? [])].some(([written, { rowSecurity }]) => {
      const relation = findRelation(catalogue, parseName(written));
      return relation?.rowSecurity.enabled === true && rowSecurity !== 'forced';
    }),
  );
  if (!isNew) return new Set();
  const described = await session.describe(texts, { rowSecurityOff: true });
  return new Set(
    texts.filter((_text, i) => {
      const description = described[i];
      return description?.ok === false && description.error.sqlstate === '42501';
    }),
  );
}

/** Nothing is known of a statement that PostgreSQL could not look at now. */
function readWait(answer: Description | Explanation | undefined): SqlError | undefined {
  return answer?.ok === false && isWait(answer.error) ? answer.error : undefined;
}

/** Only what is denied is said of a plan: argument by argument it may be another than the function's. */
function readDenial(explanation: Explanation | undefined): SqlError | undefined {
  return explanation?.ok === false && explanation.error.sqlstate === '42501' ? explanation.error : undefined;
}

function readType(description: Description | undefined): SpelledType | undefined {
  if (description?.ok !== true || description.fields.length !== 1) return undefined;
  const [[type], [field]] = [description.parameters, description.fields];
  return type === undefined || field === undefined ? undefined : { type, typmod: field.typmod };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function listOperations(
  release: Release,
  statements: ReadonlyMap<string, Statement>,
): { readonly operation: SqlOperation; readonly statement: Statement }[] {
  return [...release.operations.values()].flatMap((operation) => {
    const statement = statements.get(operation.name);
    return operation.kind === 'sql' && statement !== undefined ? [{ operation, statement }] : [];
  });
}

/** What the releases name, in their contracts and their SQL. */
export function listNames(all: readonly Asked[]): CatalogueRequest {
  const schemas = all.map(({ release }) => release.schema);
  const analyses = all.flatMap(({ statements }) =>
    [...statements.values()].flatMap(({ analysis }) => analysis ?? []),
  );
  const baselines = all.flatMap(({ release }) => release.contract ?? []);
  return {
    relations: uniqueNames([
      ...schemas.flatMap(({ tables }) => [...tables.keys()].map(parseName)),
      ...baselines.flatMap(({ relations }) => [...relations.keys()].map(parseName)),
      ...analyses.flatMap(({ relations }) => relations),
      ...analyses.flatMap(({ sequences }) => sequences.map(({ schema, name }) => ({ schema, name }))),
    ]),
    enums: uniqueNames([
      ...schemas.flatMap(({ enums }) => [...enums.keys()].map(parseName)),
      ...baselines.flatMap(({ enums }) => [...enums.keys()].map(parseName)),
    ]),
    functions: uniqueNames(analyses.flatMap(({ functions }) => functions)),
    bodies: uniqueNames(baselines.flatMap(({ bodies }) => bodies.map(nameInSignature))),
  };
}

function uniqueNames(names: readonly AskedName[]): AskedName[] {
  return [...new Map(names.map((name) => [`${name.schema ?? ''}\0${name.name}`, name])).values()];
}

function listSpellings(table: {
  readonly columns: ReadonlyMap<string, { readonly type: string | undefined }>;
}): string[] {
  return [...table.columns.values()].flatMap(({ type }) => type ?? []);
}

function isAskable({ analysis }: Statement): boolean {
  return analysis !== undefined && analysis.statements === 1 && analysis.kind !== 'other';
}

/** Names, quotes, brackets and typmods only: nothing that could end the cast. */
function isSpelling(text: string): boolean {
  return /^[\p{L}_"][\p{L}\p{N}_$ ."]*(\(\s*-?\d+\s*(,\s*-?\d+\s*)?\))?[\p{L} ]*(\s*\[\d*\])*$/u.test(text);
}
