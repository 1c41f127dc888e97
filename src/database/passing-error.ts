// Errors of PostgreSQL that are temporary. A caller with many questions must not wait for each of them.
import type { SqlError } from './database.ts';

/** A lock that was not free, a time limit, a deadlock, or exhausted resources. */
const passing = /^(?:55P03|57014|40|53)/;

/** How many of the `left` questions, with the failed one, get this answer: a question that hit a limit would hit it again. */
export function countRefused({ sqlstate }: SqlError, left: number): number {
  return passing.test(sqlstate) ? left : Math.min(left, 1);
}
