// A short corpus of days with triggers that roll back. `npm run simulate` has a thousand whole days.
import { expect, it } from '@jest/globals';
import { triggerRowsOf } from '../../../bench/simulation/trigger-rows.ts';

it.each(triggerRowsOf(3).map((row) => [row.name, row] as const))('holds: %s', (_, { figure, bound }) => {
  const reached = figure(8, 1);
  expect(reached).toBeLessThanOrEqual(bound.atMost ?? Infinity);
  expect(reached).toBeGreaterThanOrEqual(bound.atLeast ?? -Infinity);
});
