// Asks a session for descriptions and plans of statements, and for the types of contracts: each text once, and only
// unknown ones. Judges nothing.
import type { Description, ExplainAnswer, Inspection } from '../../database/database.ts';
import { createLetCallsIn } from '../../kernel/let-calls-in.ts';
import { findRelation, parseName, type CheckContext, type SpelledType } from './check-context.ts';
import type { Answers } from './known-answers.ts';
import type { PreparedRelease } from './list-names.ts';

export interface StatementAnswers {
  readonly types: ReadonlyMap<string, SpelledType | undefined>;
  readonly descriptions: ReadonlyMap<string, Description | undefined>;
  readonly explanations: ReadonlyMap<string, ExplainAnswer | undefined>;
}

/** Descriptions and plans of unknown statements, added to the known ones. */
export async function askStatements(
  session: Inspection,
  asked: {
    readonly spellings: readonly string[];
    readonly texts: readonly string[];
    readonly known: Answers | undefined;
  },
): Promise<StatementAnswers> {
  const { known } = asked;
  const letCallsIn = createLetCallsIn();
  const spellings = asked.spellings.filter((spelling) => known?.types.has(spelling) !== true);
  const texts = asked.texts.filter((text) => known?.statements.has(text) !== true);
  // PostgreSQL itself interprets the types: a cast to each is described together with the statements.
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
  await letCallsIn();
  const explained = await session.explain(planned);
  const newExplanations = new Map(planned.map(({ text }, i) => [text, explained[i]]));
  await letCallsIn();
  const join = <T>(all: readonly string[], before: (one: string) => T, now: ReadonlyMap<string, T>) =>
    new Map(all.map((one): [string, T | undefined] => [one, now.has(one) ? now.get(one) : before(one)]));
  return {
    types: join(asked.spellings, (spelling) => known?.types.get(spelling), newTypes),
    descriptions: join(asked.texts, (text) => known?.statements.get(text)?.description, newDescriptions),
    explanations: join(asked.texts, (text) => known?.statements.get(text)?.explanation, newExplanations),
  };
}

/** Texts that row-level security would filter. Only needed when it was enabled somewhere since a release was cut. */
export async function findFiltered(
  session: Inspection,
  catalogue: CheckContext['catalogue'],
  { all, texts }: { readonly all: readonly PreparedRelease[]; readonly texts: readonly string[] },
): Promise<ReadonlySet<string>> {
  const isNew = all.some(({ release }) =>
    [...(release.contract?.relations ?? [])].some(([written, { rowSecurity, exempt }]) => {
      const relation = findRelation(catalogue, parseName(written));
      return relation?.rowSecurity.enabled === true && (rowSecurity !== 'forced' || exempt);
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

/** Names, quotes, brackets and typmods only: nothing that could end the cast. */
function isSpelling(text: string): boolean {
  return /^[\p{L}_"][\p{L}\p{N}_$ ."]*(\(\s*-?\d+\s*(,\s*-?\d+\s*)?\))?[\p{L} ]*(\s*\[\d*\])*$/u.test(text);
}
