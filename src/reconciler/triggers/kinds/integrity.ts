// `integrity`: one SELECT that should give one value. Its result is only shown when it is a number or a boolean:
// anything else may be user data.
import type { ExecuteOutcome } from '../../../database/database.ts';
import type { StatementAnalysis } from '../../../sql/statement.ts';
import type { TestOfKind } from '../../../model/pipeline/trigger.ts';
import { bad, failed, good, type Reading } from '../reading.ts';

/** Why the statement is refused; `undefined` when it is allowed. */
export function refuseQuestion(analysis: StatementAnalysis | undefined): string | undefined {
  if (analysis === undefined) return 'the statement does not parse';
  if (analysis.statements !== 1) return `it holds ${analysis.statements} statements: expected one`;
  if (analysis.kind !== 'select' || analysis.writes) return 'it is no SELECT: it only may read';
  return analysis.locksRows ? 'it locks rows: it only may read' : undefined;
}

export function readIntegrity({ expect }: TestOfKind<'integrity'>, outcome: ExecuteOutcome): Reading {
  switch (outcome.kind) {
    case 'done':
      return readRows(expect, outcome.rows);
    case 'too-many-rows':
      return failed('The statement gives more than one row: expected one value.');
    case 'invalid-value':
      return failed('The statement has a parameter: it is asked without any.');
    case 'sql-error':
      return failed(
        `PostgreSQL refuses the statement (SQLSTATE ${outcome.error.sqlstate}): ${outcome.error.message}`,
      );
    case 'unavailable':
      return failed(`The database cannot be asked: ${outcome.message}`);
  }
}

function readRows(expect: TestOfKind<'integrity'>['expect'], [row, ...more]: readonly string[]): Reading {
  const columns: unknown = row === undefined ? undefined : JSON.parse(row);
  const values: unknown[] = typeof columns === 'object' && columns !== null ? Object.values(columns) : [];
  if (values.length !== 1 || more.length > 0) return failed('The statement gives no single value.');
  const [value] = values;
  if (isSame(value, expect)) return good(`The statement gives ${JSON.stringify(expect)}.`);
  const shown = typeof value === 'number' || typeof value === 'boolean' || isNumber(value);
  return bad(
    `The statement gives ${shown ? String(value) : 'another value'}, and ${JSON.stringify(expect)} is expected.`,
  );
}

/** Numbers that a double cannot hold come as text. */
function isSame(value: unknown, expect: TestOfKind<'integrity'>['expect']): boolean {
  if (value === expect) return true;
  return typeof expect === 'number' && isNumber(value) && Number(value) === expect;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'string' && /^-?[0-9]+(\.[0-9]+)?$/.test(value);
}
