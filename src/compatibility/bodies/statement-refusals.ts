// Which refusals of a statement from a body in PL/pgSQL tell that a call of the function fails: variables stand in it as
// parameters, some without their type, so that not all that PostgreSQL says of it is true of the body.
import type { Description, Explanation, SqlError } from '../../database/database.ts';
import type { RoutineStatement } from '../../sql/routine/analyse-routine.ts';
import type { RefusedStatement } from '../check/check-context.ts';
import { isTimeLimit, isWait } from '../check/indeterminate.ts';

export interface AskedStatement extends RoutineStatement {
  /** Of a function with a search_path of its own, which was asked under it. */
  readonly description: Description | undefined;
}

type Answer = Description | Explanation | undefined;

export interface AnsweredStatements {
  readonly descriptions: ReadonlyMap<string, Description | undefined>;
  readonly explanations: ReadonlyMap<string, Explanation | undefined>;
}

/** Something that is named is not there, whatever the types. */
const missing = new Map<string, RegExp>([
  ['42P01', /^relation ".+" does not exist$/s],
  [
    '42703',
    /^column .+ (?:does not exist|specified in USING clause does not exist in (?:left|right) table)$/s,
  ],
  ['42704', /^(?:type|constraint) ".+" does not exist$/s],
  ['3F000', /^schema ".+" does not exist$/s],
  ['22P02', /^invalid input value for enum /],
  ['428C9', /^/],
  ['42P10', /^there is no unique or exclusion constraint matching the ON CONFLICT specification$/],
  ['42601', /^INSERT has more (?:expressions than target columns|target columns than expressions)$/],
]);
/** With the types of the body: a function, an operator, a column that takes another type, a field of a row. */
const mistyped = new Map<string, RegExp>([
  ['42883', /^/],
  ['42804', /^/],
  ['42703', /^column ".+" not found in data type /s],
]);

export function listRefused(
  statements: readonly AskedStatement[],
  answers: AnsweredStatements,
): RefusedStatement[] {
  return statements.flatMap((statement) =>
    answersOf(statement, answers).flatMap((answer) => {
      if (answer?.ok !== false || !isTelling(answer.error, statement)) return [];
      const isDoubtful = statement.mayMeanColumns && !isMissing(answer.error);
      return [{ error: answer.error, isSure: statement.isSure && !isDoubtful }];
    }),
  );
}

/** PostgreSQL understood them, and had not planned them when the time limit came: it may never be done in time. */
export function listUnplanned(
  statements: readonly AskedStatement[],
  { explanations }: AnsweredStatements,
): RefusedStatement[] {
  return statements.flatMap(({ text, description }) => {
    const answer = description === undefined ? explanations.get(text) : undefined;
    return answer?.ok === false && isTimeLimit(answer.error) ? [{ error: answer.error, isSure: false }] : [];
  });
}

/** Nothing is known of a statement that PostgreSQL could not look at now. */
export function findWait(
  statements: readonly AskedStatement[],
  { descriptions, explanations }: AnsweredStatements,
): SqlError | undefined {
  return statements.flatMap(({ text, description }) => {
    const described = refusalIn(description ?? descriptions.get(text));
    const planned = description === undefined ? refusalIn(explanations.get(text)) : undefined;
    return [
      described !== undefined && isWait(described) ? described : [],
      planned !== undefined && isWait(planned) && !isTimeLimit(planned) ? planned : [],
    ].flat();
  })[0];
}

/** Only what is denied is said of a plan: argument by argument it may be another than the function's. */
export function findDenial(
  statements: readonly AskedStatement[],
  { explanations }: AnsweredStatements,
): SqlError | undefined {
  return statements.flatMap(({ text, isSure, isWhole, description }) => {
    const answer = isSure && isWhole && description === undefined ? explanations.get(text) : undefined;
    return answer?.ok === false && answer.error.sqlstate === '42501' ? answer.error : [];
  })[0];
}

function answersOf({ text, description }: AskedStatement, answers: AnsweredStatements): Answer[] {
  return description === undefined
    ? [answers.descriptions.get(text), answers.explanations.get(text)]
    : [description];
}

function refusalIn(answer: Answer): SqlError | undefined {
  return answer?.ok === false ? answer.error : undefined;
}

function isTelling(error: SqlError, { isExact }: AskedStatement): boolean {
  return isMissing(error) || (isExact && mistyped.get(error.sqlstate)?.test(error.message) === true);
}

function isMissing({ sqlstate, message }: SqlError): boolean {
  return missing.get(sqlstate)?.test(message) === true;
}
