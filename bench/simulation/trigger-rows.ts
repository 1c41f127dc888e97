// The figures that triggers are held to: what they never do, and what they find.
import type { Row } from './rows.ts';
import { type DayEnd, type DayPlan, runDay, withinMs } from './trigger-day.ts';

function shareOf(runs: number, seed: number, plan: DayPlan, is: (end: DayEnd) => boolean): number {
  let found = 0;
  for (let index = 0; index < runs; index += 1) if (is(runDay(seed + index, plan))) found += 1;
  return (100 * found) / runs;
}

const isRolledBack = ({ rolledBackAt }: DayEnd): boolean => rolledBackAt !== null;
const isLate = ({ rolledBackAt }: DayEnd): boolean => rolledBackAt !== null && rolledBackAt > withinMs;

/** `hours`: of a day that is simulated; a test takes fewer. */
export const triggerRowsOf = (hours: number): readonly Row[] => [
  {
    name: 'triggers, days without an incident: rolled back',
    bound: { atMost: 0 },
    unit: '%',
    figure: (runs, seed) => shareOf(runs, seed, { hours }, isRolledBack),
  },
  {
    name: 'triggers, days with an outside incident: rolled back later than `within`',
    bound: { atMost: 0 },
    unit: '%',
    share: 0.3,
    figure: (runs, seed) => shareOf(runs, seed, { hours, incident: 'supplier' }, isLate),
  },
  {
    name: 'triggers, an outside incident after `within`: told',
    bound: { atLeast: 100 },
    unit: '%',
    share: 0.1,
    figure: (runs, seed) =>
      shareOf(
        runs,
        seed,
        { hours, incident: 'supplier', at: [2.1, hours - 0.5] },
        (end) => end.fired && !isRolledBack(end),
      ),
  },
  {
    name: 'triggers, days on which the database is unreachable: rolled back',
    bound: { atMost: 0 },
    unit: '%',
    share: 0.3,
    figure: (runs, seed) => shareOf(runs, seed, { hours, incident: 'database' }, isRolledBack),
  },
  {
    name: 'triggers, +5 points of errors from the start: rolled back in time',
    bound: { atLeast: 99 },
    unit: '%',
    share: 0.3,
    figure: (runs, seed) =>
      shareOf(runs, seed, { hours: 2, fault: 0.05 }, (end) => isRolledBack(end) && !isLate(end)),
  },
];
