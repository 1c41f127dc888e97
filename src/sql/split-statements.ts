// Splits a file of SQL into its statements, with their first lines. The parser finds the ends, so that semicolons in
// strings, bodies and comments do not count.
import { memberOf, recordOf, relationOf } from './parse-tree.ts';
import { mapBytes, parseSql } from './pg-parser.ts';

export interface FileStatement {
  /** 1-based. */
  readonly line: number;
  readonly text: string;
  /** BEGIN, COMMIT, and the like. */
  readonly isTransaction: boolean;
  /** It cannot run in a transaction: CREATE INDEX CONCURRENTLY, VACUUM, … */
  readonly isConcurrent: boolean;
  /** The table of such a statement, as spelled; `undefined` when none exists, or more than one. */
  readonly table: string | undefined;
}

export type SplitStatements =
  | { readonly ok: true; readonly statements: readonly FileStatement[] }
  | { readonly ok: false; readonly line: number; readonly message: string };

export function splitStatements(sql: string): SplitStatements {
  const parsed = parseSql(sql);
  if (!parsed.ok) {
    const { position = 1, message } = parsed.problem;
    const before = [...sql].slice(0, position - 1).join('');
    return { ok: false, line: before.split('\n').length, message };
  }
  const toUtf16 = mapBytes(sql);
  const statements = parsed.statements.map((node): FileStatement => {
    const { stmt, stmt_location: location, stmt_len: length } = recordOf(node);
    const start = toUtf16(typeof location === 'number' ? location : 0);
    const end =
      typeof length === 'number'
        ? toUtf16((typeof location === 'number' ? location : 0) + length)
        : sql.length;
    const whole = sql.slice(start, end);
    const skipped = leading(whole);
    const [kind = ''] = Object.keys(recordOf(stmt));
    const body = memberOf(stmt, kind);
    return {
      line: sql.slice(0, start + skipped).split('\n').length,
      text: whole.slice(skipped),
      table: spell(memberOf(body, 'relation')),
      isTransaction: kind === 'TransactionStmt',
      isConcurrent:
        kind === 'VacuumStmt' ||
        kind === 'CreatedbStmt' ||
        memberOf(body, 'concurrent') === true ||
        (kind === 'ReindexStmt' && /\bconcurrently\b/i.test(whole)),
    };
  });
  return { ok: true, statements };
}

/** Length of white space and comments before the statement. */
function leading(text: string): number {
  return /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(text)?.[0].length ?? 0;
}

function spell(rangeVar: unknown): string | undefined {
  const { schema, name } = relationOf(rangeVar);
  if (name === '') return undefined;
  return schema === undefined ? name : `${schema}.${name}`;
}
