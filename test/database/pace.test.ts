// How many statements a look sends at once, many only where no call can wait for them; and how long it rests then.
import { expect, it } from '@jest/globals';
import { type Pace, restAfter, statementsAtOnce } from '../../src/database/session/pace.ts';

function paceOf({ roundTrip, calls }: { readonly roundTrip: number; readonly calls: boolean }): Pace {
  return { roundTrip, isBesideCalls: () => calls, isAwaited: true, sleep: () => Promise.resolve() };
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

it.each([
  ['as long as the exchange took', 3, true, 3],
  ['longer where no release waits for it', 1.5, false, 4],
  ['no more than 5 ms for that', 3, false, 5],
  ['as long as the exchange took, if that is more', 8, false, 8],
  ['never longer than 20 ms', 400, true, 20],
  ['never longer than 20 ms, whoever waits', 400, false, 20],
])('it rests %s', (_, took, isAwaited, rest) => {
  expect(restAfter(took, { isAwaited })).toBe(rest);
});
