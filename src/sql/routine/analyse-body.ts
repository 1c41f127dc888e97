// What the body of a function in SQL names and calls, from its parse tree: a text of statements, or the part between
// BEGIN ATOMIC and END.
import { analyseStatements } from '../analyse-statement.ts';
import { listOf, memberOf, recordOf } from '../parse-tree.ts';
import { parseSql, scanSql } from '../pg-parser.ts';
import type { StatementAnalysis } from '../statement.ts';

export interface BodyAnalysis extends Pick<
  StatementAnalysis,
  'relations' | 'functions' | 'attributes' | 'locksRows'
> {
  /** Every statement is a SELECT, INSERT, UPDATE, DELETE or MERGE, or a single expression. */
  readonly isPlain: boolean;
}

const plain: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'ReturnStmt',
]);

/** `undefined` when it does not parse, or is too large to analyse. */
export function analyseBody(source: string): BodyAnalysis | undefined {
  const isAtomic = /^\s*(?:begin\s+atomic|return)\b/i.test(source);
  const text = isAtomic ? `create function f() returns void ${source}` : source;
  // Texts that could exhaust the parser's stack are refused first.
  if (!scanSql(text).ok) return undefined;
  const parsed = parseSql(text);
  if (!parsed.ok) return undefined;
  const analysed = analyseStatements(parsed.statements, text);
  if (!analysed.ok) return undefined;
  const { relations, functions, attributes, locksRows } = analysed.analysis;
  const nodes = parsed.statements.flatMap((wrapped) => {
    const statement = memberOf(wrapped, 'stmt');
    return isAtomic
      ? listStatements(memberOf(recordOf(statement)['CreateFunctionStmt'], 'sql_body'))
      : [statement];
  });
  const isPlain = nodes.every((node) => Object.keys(recordOf(node)).every((kind) => plain.has(kind)));
  return { relations, functions, attributes, locksRows, isPlain };
}

/** BEGIN ATOMIC gives a list of lists, RETURN the statement itself. */
function listStatements(body: unknown): unknown[] {
  const list = memberOf(body, 'List');
  if (list === undefined) return [body];
  return listOf(memberOf(list, 'items')).flatMap(listStatements);
}
