// Turns the SQL of an operation into a Statement: parameters bound, parsed by PostgreSQL's parser, analysed.
import { analyseStatements } from './analyse-statement.ts';
import { bindParameters } from './bind-parameters.ts';
import { mapToText } from './map-position.ts';
import { parseSql } from './pg-parser.ts';
import type { Statement } from './statement.ts';

export { loadSqlParser } from './pg-parser.ts';

/** Needs {@link loadSqlParser} first. Never throws because of the SQL: `error` explains what is wrong with it. */
export function prepareStatement(sql: string): Statement {
  const { text, parameters, offsets, problem } = bindParameters(sql);
  const statement = { sql, text, parameters, offsets };
  if (problem !== undefined) {
    const position = problem.position === undefined ? undefined : mapToText(statement, problem.position);
    return { ...statement, analysis: undefined, error: { message: problem.message, position } };
  }
  const parsed = parseSql(text);
  if (!parsed.ok) return { ...statement, analysis: undefined, error: parsed.problem };
  const analysed = analyseStatements(parsed.statements, text);
  if (!analysed.ok)
    return { ...statement, analysis: undefined, error: { message: analysed.message, position: undefined } };
  return { ...statement, analysis: analysed.analysis, error: undefined };
}
