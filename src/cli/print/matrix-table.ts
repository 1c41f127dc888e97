// The rollback matrix as a table for people: which releases fit an environment's database right now.
import type { MatrixAnswer, MatrixEntryAnswer } from '../hub/matrix-answer.ts';
import { formatTable } from './table.ts';

export function formatMatrix(matrix: MatrixAnswer): string {
  if (matrix.releases.length === 0) return 'no release exists yet';
  const rows = matrix.releases.map((entry) => [
    markOf(matrix, entry),
    entry.release,
    entry.verdict.replaceAll('-', ' '),
    [entry.code ?? '', entry.object ?? ''].join(' ').trim(),
    entry.blocking > 1 ? `+${entry.blocking - 1}` : '',
    entry.warnings === 0 ? '' : String(entry.warnings),
  ]);
  return formatTable(['', 'RELEASE', 'DATABASE', 'FIRST FINDING', 'MORE', 'WARNINGS'], rows);
}

function markOf(
  { desired, serving }: MatrixAnswer,
  { release, isRollbackTarget }: MatrixEntryAnswer,
): string {
  if (release === serving) return release === desired ? '*' : 's';
  if (release === desired) return 'd';
  return isRollbackTarget ? '<' : '';
}
