// When long work lets others have the processor. Time is the test's: each step says what passed and what was worked in it.
import { expect, it } from '@jest/globals';
import { createGiveWay } from '../../src/serving/compile/give-way.ts';

function watch() {
  /** Milliseconds that a sleep takes longer than asked. */
  let late = 0;
  let now = 0;
  let worked = 0;
  const sleeps: number[] = [];
  const { pause, resume } = createGiveWay({
    now: () => now,
    worked: () => worked,
    sleep: (ms) => {
      sleeps.push(ms);
      now += ms + late;
    },
  });
  const step = (passed: number, own = passed): void => {
    now += passed;
    worked += own;
    pause();
  };
  const wait = (ms: number): void => {
    now += ms;
    resume();
  };
  const beLate = (ms: number): void => void (late = ms);
  return { step, wait, beLate, sleeps };
}

it('only naps while nobody else wants the processor, once in 2 ms', () => {
  const { step, sleeps } = watch();
  for (let i = 0; i < 1000; i += 1) step(0.25);
  expect(new Set(sleeps)).toEqual(new Set([0.1]));
  expect(sleeps.length).toBeGreaterThan(1000 / 9);
  expect(sleeps.length).toBeLessThan(1000 / 7);
});

it('sleeps once for a slice that others had a part of, for what they have not had yet', () => {
  const { step, sleeps } = watch();
  step(0.7, 0.4);
  expect(sleeps).toEqual([0.1, expect.closeTo(1.3)]);
  step(0.6);
  step(0.6);
  step(0.6);
  expect(sleeps.slice(2)).toEqual([0.1, 0.1]);
});

it('sleeps on when it woke late: somebody had waited behind it', () => {
  const { step, beLate, sleeps } = watch();
  step(0.6);
  beLate(0.3);
  step(0.7);
  expect(sleeps).toEqual([0.1, 0.1, expect.closeTo(2.5)]);
});

it('takes no nap for late on a machine whose naps are long', () => {
  const { step, beLate, sleeps } = watch();
  beLate(2);
  for (let i = 0; i < 20; i += 1) step(2.1);
  expect(sleeps).toEqual(Array.from({ length: 20 }, () => 0.1));
});

it("takes what it waited for something else for nobody's want", () => {
  const { step, wait, sleeps } = watch();
  for (let i = 0; i < 10; i += 1) {
    step(0.4);
    wait(5);
  }
  expect(sleeps).toEqual([]);
});

it.each([0, 0.5, 1, 2])(
  'keeps a quarter of the time that it would have, where a nap is late by %p ms',
  (ms) => {
    const { step, beLate, sleeps } = watch();
    step(0.6);
    beLate(ms);
    for (const own of [0.05, 0.1, 0.2, 0.3, 0.5]) {
      sleeps.length = 0;
      const rounds = 100;
      for (let i = 0; i < rounds; i += 1) step(0.7, own);
      const slept = sleeps.reduce((sum, one) => sum + one + ms, 0);
      const before = own / (0.7 + ms);
      expect((rounds * own) / (rounds * 0.7 + slept)).toBeGreaterThan(before / 4);
    }
  },
);
