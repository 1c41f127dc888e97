// Which refusals of a statement from a PL/pgSQL body mean that a call of the function fails. Variables are replaced by
// parameters, some without a type, so not every refusal of the statement applies to the body.
import type { Description, ExplainAnswer, SqlError } from '../../database/database.ts';
import type { RoutineStatement } from '../../sql/routine/analyse-routine.ts';
import type { GivenRows, RefusedStatement } from '../check/check-context.ts';
import { isTimeLimit, isWait } from '../check/indeterminate.ts';

export interface AskedStatement extends RoutineStatement {
  /** For a function with its own search_path, which was set for the question. */
  readonly description: Description | undefined;
}

type Answer = Description | ExplainAnswer | undefined;

export interface AnsweredStatements {
  readonly descriptions: ReadonlyMap<string, Description | undefined>;
  readonly explanations: ReadonlyMap<string, ExplainAnswer | undefined>;
}

/** Routines that raise 42704 about a type or a constraint. Others raise it about collations, settings and the like. */
const ofTypes: ReadonlySet<string | undefined> = new Set([
  'typenameType',
  'parseTypeString',
  'get_relation_constraint_oid',
  'get_relation_constraint_attnos',
]);

/** A named object is missing, whatever the types are. PostgreSQL also raises 42P01 for a variable that is not a table. */
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

/** Raises 42703 for a field of a row. */
const unknownField = 'unknown_attribute';

/** Missing for the types of the body: a function, an operator, a column of another type, a field of a row. */
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

/** What RETURN QUERY returns, as PostgreSQL describes it. */
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

/** PostgreSQL accepted them, but had not planned them at the time limit. Planning may never finish in time. */
export function listUnplanned(
  statements: readonly AskedStatement[],
  { explanations }: AnsweredStatements,
): RefusedStatement[] {
  return statements.flatMap(({ text, description }) => {
    const answer = description === undefined ? explanations.get(text) : undefined;
    return answer?.ok === false && isTimeLimit(answer.error) ? [{ error: answer.error, isSure: false }] : [];
  });
}

/** Nothing is known about a statement that PostgreSQL cannot judge now. */
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

/** Only denials are read from the plan. With other arguments the function may have another plan. */
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
