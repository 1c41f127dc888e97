// Asks a session for everything that the rules need: catalogue, descriptions, plans. Judges nothing.
import { readCatalogue, type CatalogueRequest } from '../../database/catalogue/catalogue.ts';
import type { Inspection } from '../../database/database.ts';
import { createLetCallsIn } from '../../kernel/let-calls-in.ts';
import type { Catalogue } from '../../model/catalogue.ts';
import type { AskedName } from '../../model/qualified-name.ts';
import type { Release, SqlOperation } from '../../model/release.ts';
import type { Statement } from '../../sql/statement.ts';
import { askStatements, findFiltered, type StatementAnswers } from './ask-statements.ts';
import {
  resolveAttributes,
  type CheckContext,
  type CheckedOperation,
  type SpelledType,
} from './check-context.ts';
import { askAboutBodies } from '../bodies/called-bodies.ts';
import { keyOf, type Answers, type PlannedStatement } from './known-answers.ts';
import { listNames, type PreparedRelease } from './list-names.ts';
import { readWords } from '../facts/read-words.ts';
import { findRefusedFunctions } from './refused-functions.ts';

/** For measuring. `further`: functions that no statement names. */
export async function askDatabase(
  session: Inspection,
  engine: CheckContext['engine'],
  asked: PreparedRelease,
  further: readonly AskedName[] = [],
): Promise<CheckContext> {
  const named = listNames([asked]);
  const names = { ...named, functions: [...named.functions, ...further], withRowCalls: true };
  const { contexts } = await askDatabaseForEach(session, engine, { releases: [asked], names });
  const [context] = contexts;
  if (context === undefined) throw new Error('one release was asked for, and none was answered');
  return context;
}

export interface AskingForMany {
  readonly releases: readonly PreparedRelease[];
  /** At least what the releases name, as {@link listNames} reports. */
  readonly names: CatalogueRequest;
  /** Earlier answers of the database that still hold. */
  readonly known?: Answers | undefined;
}

/**
 * The same for many releases at about the price of one: it reads the catalogue once, and asks about each unknown
 * statement once. `answers`: everything that these releases asked, for the next call.
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
  const letCallsIn = createLetCallsIn();
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
  await letCallsIn();
  const inside = await askAboutBodies(session, catalogue);
  const { types, descriptions, explanations } = await askStatements(session, {
    spellings,
    texts: inside.texts.length === 0 ? texts : unique([...texts, ...inside.texts]),
    known,
  });
  const filtered = await findFiltered(session, catalogue, { all: releases, texts });
  const refusedFunctions = await findRefusedFunctions(session, [
    ...descriptions.values(),
    ...explanations.values(),
  ]);
  const bodies = await inside.check({ descriptions, explanations });
  await letCallsIn();
  const postgres = Math.floor(session.serverVersion / 10_000);
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
        analysis: resolveAttributes(catalogue, statement.analysis),
        description,
        explanation,
        failure: refusal?.error,
        isFiltered: filtered.has(statement.text),
        // Computed on demand: few rules need it, for few operations, and reading a thousand statements takes time.
        get words() {
          return (words ??= readWords(statement.text));
        },
      });
      await letCallsIn();
    }
    contexts.push({ release, engine, postgres, catalogue, operations, refusedFunctions, bodies, types });
  }
  return { contexts, answers: toAnswers({ key, catalogue, types, descriptions, explanations }) };
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

function listSpellings(table: {
  readonly columns: ReadonlyMap<string, { readonly type: string | undefined }>;
}): string[] {
  return [...table.columns.values()].flatMap(({ type }) => type ?? []);
}

function isAskable({ analysis }: Statement): boolean {
  return analysis !== undefined && analysis.statements === 1 && analysis.kind !== 'other';
}
