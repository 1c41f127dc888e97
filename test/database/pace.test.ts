// How many statements a look sends at once: many only where no call can wait for them.
import { expect, it } from '@jest/globals';
import { type Pace, statementsAtOnce } from '../../src/database/pace.ts';

function paceOf({ roundTrip, calls }: { readonly roundTrip: number; readonly calls: boolean }): Pace {
  return { roundTrip, isBesideCalls: () => calls, sleep: () => Promise.resolve() };
}

it.each([
  ['alone on a server nearby', paceOf({ roundTrip: 1, calls: false }), 128],
  ['alone on a server far away', paceOf({ roundTrip: 10, calls: false }), 128],
  ['beside calls to a server nearby', paceOf({ roundTrip: 1, calls: true }), 2],
  ['beside calls to a server far away', paceOf({ roundTrip: 10, calls: true }), 50],
  ['on the embedded engine, which calls share', undefined, 50],
])('%s', (_, pace, count) => {
  expect(statementsAtOnce(pace)).toBe(count);
});
