// Which refusals of a statement from a body in PL/pgSQL mean that a call of the function fails. Variables are replaced by
// parameters, some without a type, so not every refusal of the statement is true of the body.
import type { Description, ExplainAnswer, SqlError } from '../../database/database.ts';
import type { RoutineStatement } from '../../sql/routine/analyse-routine.ts';
import type { GivenRows, RefusedStatement } from '../check/check-context.ts';
import { isTimeLimit, isWait } from '../check/indeterminate.ts';

export interface AskedStatement extends RoutineStatement {
  /** Of a function with a search_path of its own, which was asked under it. */
  readonly description: Description | undefined;
}

type Answer = Description | ExplainAnswer | undefined;

export interface AnsweredStatements {
  readonly descriptions: ReadonlyMap<string, Description | undefined>;
  readonly explanations: ReadonlyMap<string, ExplainAnswer | undefined>;
}

/** Routines that raise 42704 of a type or a constraint: others speak of collations, settings and the like. */
const ofTypes: ReadonlySet<string | undefined> = new Set([
  'typenameType',
  'parseTypeString',
  'get_relation_constraint_oid',
  'get_relation_constraint_attnos',
]);

/** Something that is named is not there, whatever the types. Of a variable that is not a table PostgreSQL says 42P01 too. */
function isMissing({ sqlstate, routine }: SqlError): boolean {
  switch (sqlstate) {
    case '42P01':
      return routine !== 'errorMissingRTE';
    case '42703':
      return routine !== unknownField;
    case '42704':
      return ofTypes.has(routine);
    case '22P02':
      return routine === 'enum_in';
    case '42P10':
      return routine === 'infer_arbiter_indexes';
    case '42601':
      return routine === 'transformInsertRow';
    default:
      return sqlstate === '3F000' || sqlstate === '428C9';
  }
}

/** Raises 42703 of a field of a row. */
const unknownField = 'unknown_attribute';

/** With the types of the body: a function, an operator, a column that takes another type, a field of a row. */
function isMistyped({ sqlstate, routine }: SqlError): boolean {
  return sqlstate === '42883' || sqlstate === '42804' || (sqlstate === '42703' && routine === unknownField);
}

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

/** What PostgreSQL says that RETURN QUERY gives. */
export function listGiven(
  statements: readonly AskedStatement[],
  { descriptions }: AnsweredStatements,
): GivenRows[] {
  return statements.flatMap(({ text, description, isReturned, isSure, isExact, mayMeanColumns }) => {
    const answer = isReturned ? (description ?? descriptions.get(text)) : undefined;
    if (answer?.ok !== true) return [];
    return [{ fields: answer.fields, isSure, isExact: isExact && !mayMeanColumns }];
  });
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
  return isMissing(error) || (isExact && isMistyped(error));
}
