// When long work on the main thread gives up the event loop, and for how long.
import { expect, it } from '@jest/globals';
import { createBreathe, takeBreath } from '../../src/kernel/breathe.ts';

it('goes on at once while its slice lasts, and gives up the event loop after it', async () => {
  let now = 0;
  const breathe = createBreathe(() => now);
  now = 0.2;
  expect(breathe()).toBeUndefined();
  now = 0.4;
  let others = 0;
  setImmediate(() => (others += 1));
  const breath = breathe();
  expect(breath).toBeInstanceOf(Promise);
  await breath;
  expect(others).toBe(1);
  now = 0.6;
  expect(breathe()).toBeUndefined();
});

it('is back after one turn where nobody else had work, and rests where somebody had', async () => {
  let now = 0;
  const rests: number[] = [];
  const breath = (): Promise<void> =>
    takeBreath(
      () => now,
      (goOn, ms) => {
        rests.push(ms);
        goOn();
      },
    );
  await breath();
  expect(rests).toEqual([]);
  setImmediate(() => (now += 5));
  await breath();
  expect(rests).toEqual([4]);
});
