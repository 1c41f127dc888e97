// What PostgreSQL refuses only now. Who asks many things one after the other must not wait for each of them.
import type { SqlError } from './database.ts';

/** A lock that was not free, a time limit, a deadlock, resources that ran out. */
const passing = /^(?:55P03|57014|40|53)/;

/** Of `left` questions, the one that failed among them, how many have this answer: what waited until a limit would do so again. */
export function countRefused({ sqlstate }: SqlError, left: number): number {
  return passing.test(sqlstate) ? left : Math.min(left, 1);
}
