// Asks a session everything that the rules need: catalogue, descriptions, plans. Judges nothing.
import { readCatalogue } from '../database/catalogue.ts';
import type { Inspection } from '../database/database.ts';
import type { AskedName } from '../model/catalogue.ts';
import type { Release, SqlOperation } from '../model/release.ts';
import type { Statement } from '../sql/statement.ts';
import { parseName, type CheckContext, type CheckedOperation, type SpelledType } from './check-context.ts';
import { readWords } from './read-words.ts';

export interface Asked {
  readonly release: Release;
  readonly statements: ReadonlyMap<string, Statement>;
}

export async function askDatabase(
  session: Inspection,
  engine: CheckContext['engine'],
  { release, statements }: Asked,
): Promise<CheckContext> {
  const sqlOperations = listOperations(release, statements);
  const catalogue = await readCatalogue(session, listNames(release, statements));
  const spellings = [...new Set([...release.schema.tables.values()].flatMap(listSpellings))];
  const askable = sqlOperations.filter(({ statement }) => isAskable(statement));
  const texts = [...new Set(askable.map(({ statement }) => statement.text))];
  // Types are understood by PostgreSQL itself: a cast to each is described together with the statements.
  const described = await session.describe([
    ...spellings.map((spelling) => `select cast($1 as ${isSpelling(spelling) ? spelling : '!'}) as stk_type`),
    ...texts,
  ]);
  const types = new Map(
    spellings.map((spelling, i): [string, SpelledType | undefined] => {
      const description = described[i];
      if (description?.ok !== true || description.fields.length !== 1) return [spelling, undefined];
      const [[type], [field]] = [description.parameters, description.fields];
      return [
        spelling,
        type === undefined || field === undefined ? undefined : { type, typmod: field.typmod },
      ];
    }),
  );
  const descriptions = new Map(texts.map((text, i) => [text, described[spellings.length + i]]));
  const planned = texts.flatMap((text) => {
    const description = descriptions.get(text);
    return description?.ok === true ? [{ text, parameterTypes: description.parameters }] : [];
  });
  const explained = await session.explain(planned);
  const explanations = new Map(planned.map(({ text }, i) => [text, explained[i]]));
  const operations = sqlOperations.map(({ operation, statement }): CheckedOperation => {
    const description = descriptions.get(statement.text);
    const explanation = explanations.get(statement.text);
    const refusal =
      description?.ok === false ? description : explanation?.ok === false ? explanation : undefined;
    return {
      operation,
      name: operation.name,
      statement,
      analysis: statement.analysis,
      description,
      explanation,
      failure: refusal?.error,
      words: readWords(statement.text),
    };
  });
  return { release, engine, catalogue, operations, types };
}

/** Schemas that the release names by themselves. */
export function listSchemas(release: Release, statements: ReadonlyMap<string, Statement>): string[] {
  const { relations, enums, functions } = listNames(release, statements);
  const schemas = [...relations, ...enums, ...functions].flatMap(({ schema }) => schema ?? []);
  return [...new Set(schemas)].filter((schema) => schema !== 'pg_catalog').sort();
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

function listNames(
  release: Release,
  statements: ReadonlyMap<string, Statement>,
): Record<'relations' | 'enums' | 'functions', AskedName[]> {
  const analyses = [...statements.values()].flatMap(({ analysis }) => analysis ?? []);
  return {
    relations: [
      ...[...release.schema.tables.keys()].map(parseName),
      ...analyses.flatMap(({ relations }) => relations),
    ],
    enums: [...release.schema.enums.keys()].map(parseName),
    functions: analyses.flatMap(({ functions }) => functions),
  };
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
