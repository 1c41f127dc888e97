// Long work gives up the event loop after each slice of time, and not more often.
import { expect, it } from '@jest/globals';
import { createLetCallsIn } from '../../src/kernel/let-calls-in.ts';

it('goes on at once within a slice, and lets others in after it', async () => {
  let now = 0;
  const letCallsIn = createLetCallsIn(() => now);
  now = 1.9;
  expect(letCallsIn()).toBeUndefined();
  now = 2;
  let othersRan = false;
  setImmediate(() => (othersRan = true));
  const turn = letCallsIn();
  expect(turn).toBeInstanceOf(Promise);
  now = 50;
  await turn;
  expect(othersRan).toBe(true);
  // The next slice begins when the work goes on.
  now = 51.9;
  expect(letCallsIn()).toBeUndefined();
});
