// Asks a session everything that the rules need: catalogue, descriptions, plans. Judges nothing.
import { readCatalogue, type CatalogueRequest } from '../database/catalogue.ts';
import type { Description, Inspection } from '../database/database.ts';
import { createBreathe } from '../model/breathe.ts';
import type { AskedName } from '../model/catalogue.ts';
import type { Release, SqlOperation } from '../model/release.ts';
import type { Statement } from '../sql/statement.ts';
import {
  findRelation,
  parseName,
  type CheckContext,
  type CheckedOperation,
  type SpelledType,
} from './check-context.ts';
import { readWords } from './read-words.ts';

export interface Asked {
  readonly release: Release;
  readonly statements: ReadonlyMap<string, Statement>;
}

export async function askDatabase(
  session: Inspection,
  engine: CheckContext['engine'],
  asked: Asked,
): Promise<CheckContext> {
  const [context] = await askDatabaseForEach(session, engine, [asked]);
  if (context === undefined) throw new Error('one release was asked for, and none was answered');
  return context;
}

/** The same for many releases at about the price of one: one catalogue read, and each text of a statement asked once. */
export async function askDatabaseForEach(
  session: Inspection,
  engine: CheckContext['engine'],
  all: readonly Asked[],
): Promise<CheckContext[]> {
  const listed = all.map(({ release, statements }) => ({
    release,
    sqlOperations: listOperations(release, statements),
  }));
  const catalogue = await readCatalogue(session, listNames(all));
  const spellings = unique(
    all.flatMap(({ release }) => [...release.schema.tables.values()].flatMap(listSpellings)),
  );
  const texts = unique(
    listed.flatMap(({ sqlOperations }) =>
      sqlOperations.flatMap(({ statement }) => (isAskable(statement) ? [statement.text] : [])),
    ),
  );
  // Types are understood by PostgreSQL itself: a cast to each is described together with the statements.
  const described = await session.describe([
    ...spellings.map((spelling) => `select cast($1 as ${isSpelling(spelling) ? spelling : '!'}) as stk_type`),
    ...texts,
  ]);
  const types = new Map(
    spellings.map((spelling, i): [string, SpelledType | undefined] => [spelling, readType(described[i])]),
  );
  const descriptions = new Map(texts.map((text, i) => [text, described[spellings.length + i]]));
  const planned = texts.flatMap((text) => {
    const description = descriptions.get(text);
    return description?.ok === true ? [{ text, parameterTypes: description.parameters }] : [];
  });
  const explained = await session.explain(planned);
  const explanations = new Map(planned.map(({ text }, i) => [text, explained[i]]));
  const filtered = await findFiltered(session, catalogue, { all, texts });
  const breathe = createBreathe();
  const contexts: CheckContext[] = [];
  for (const { release, sqlOperations } of listed) {
    const operations: CheckedOperation[] = [];
    for (const { operation, statement } of sqlOperations) {
      const description = descriptions.get(statement.text);
      const explanation = explanations.get(statement.text);
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
        words: readWords(statement.text),
      });
      await breathe();
    }
    contexts.push({ release, engine, catalogue, operations, types });
  }
  return contexts;
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
    ]),
    enums: uniqueNames([
      ...schemas.flatMap(({ enums }) => [...enums.keys()].map(parseName)),
      ...baselines.flatMap(({ enums }) => [...enums.keys()].map(parseName)),
    ]),
    functions: uniqueNames(analyses.flatMap(({ functions }) => functions)),
  };
}

function uniqueNames(names: readonly AskedName[]): AskedName[] {
  return [...new Map(names.map((name) => [JSON.stringify([name.schema, name.name]), name])).values()];
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
