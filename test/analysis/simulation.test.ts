// A short corpus of the simulation: each figure of the analysis on a few canaries. `npm run simulate` has the full one.
import { describe, expect, it } from '@jest/globals';
import { comparePaired, compareMeans } from '../../src/analysis/paired-evaluation.ts';
import { promotedShare } from '../../bench/simulation/evaluations.ts';
import { seeded } from '../../bench/simulation/random.ts';
import { rows } from '../../bench/simulation/rows.ts';

/** Rows that tell most, with as few canaries as still show a broken rule. */
const short = new Map([
  ['healthy, rolled back: 20/s, 0.5 % errors', 30],
  ['exactly at the boundary (+1 point), rolled back: 100/s', 10],
  ['shared incident, 10 % errors in both, rolled back: weights 1 → 10', 5],
  ['+5 points from the start, found after (median): 20/s', 9],
  ['+5 points from minute 20, found after (median): 100/s', 9],
  ['+5 points from minute 28 of 30, promoted all the same: 100/s', 5],
  ['total failure, found after (median): 5/s', 9],
  ['p99 +50 %, found after (median): 100/s', 5],
  ['healthy, promoted by the maximum: 100/s, 0.1 % errors', 5],
  ['evaluation, promoted: better by 0.02, deviation 0.30, 600 cases', 100],
]);

describe('the simulation', () => {
  it.each([...short])('holds: %s', (name, runs) => {
    const row = rows.find((candidate) => candidate.name === name);
    if (row === undefined) throw new Error(`no row is called ${name}`);
    const reached = row.figure(runs, 1);
    expect(reached).toBeLessThanOrEqual(row.bound.atMost ?? Infinity);
    expect(reached).toBeGreaterThanOrEqual(row.bound.atLeast ?? -Infinity);
  });

  it('shows the naive rule rolling back most healthy canaries of the same corpus', () => {
    const row = rows.find(({ name }) => name === 'healthy, rolled back: 20/s, 0.5 % errors');
    expect(row?.naive?.(30, 1)).toBeGreaterThan(80);
  });
});

describe('an evaluation of two releases', () => {
  const draw = (seed: number, cases: number, mean: number, sd: number) => {
    const random = seeded(seed);
    return Object.fromEntries(
      Array.from({ length: cases }, (_, index) => [`case-${index}`, mean + sd * random.normal()]),
    );
  };

  it('passes two equal models on as many cases as the deviation needs', () => {
    // The deviation of the difference is 0.15: each side has 0.15 / √2.
    const passes = (cases: number) =>
      Array.from({ length: 200 }, (_, seed) =>
        comparePaired(draw(seed, cases, 0.8, 0.106), draw(seed + 9_000, cases, 0.8, 0.106), -0.02, 1),
      ).filter(({ verdict }) => verdict === 'PASS').length / 200;
    expect(passes(600)).toBeGreaterThan(0.85);
    expect(passes(40)).toBeLessThan(0.4);
  });

  it('passes a model exactly at the margin in at most 5 % of all attempts together', () => {
    let passed = 0;
    for (let trial = 0; trial < 300; trial += 1) {
      const isPassed = Array.from({ length: 24 }, (_, set) => {
        const seed = trial * 100 + set;
        return comparePaired(draw(seed, 100, 0.78, 0.2), draw(seed + 50_000, 100, 0.8, 0.2), -0.02, set + 1);
      }).some(({ verdict }) => verdict === 'PASS');
      if (isPassed) passed += 1;
    }
    expect(passed / 300).toBeLessThanOrEqual(0.07);
  });

  it('gives the gate no new evidence on the same set, however often it is repeated', () => {
    const models = { difference: -0.01, deviation: 0.3, cases: 60, sets: 1 };
    const once = promotedShare(models, 100, 1);
    expect(once).toBeGreaterThan(0);
    expect(promotedShare({ ...models, sets: 24, isSameSet: true }, 100, 1)).toBe(once);
    expect(promotedShare({ ...models, sets: 24 }, 100, 1)).toBeGreaterThan(once);
  });

  it('has no verdict where scores are missing', () => {
    const next = draw(1, 100, 0.9, 0.1);
    const { 'case-3': _, ...against } = draw(2, 100, 0.5, 0.1);
    expect(comparePaired(next, against, -0.02, 1).verdict).toBe('NO_DATA');
    expect(comparePaired({}, {}, -0.02, 1).verdict).toBe('NO_DATA');
  });

  it('says that a comparison of two means is not paired', () => {
    expect(compareMeans(0.79, 0.8, -0.02)).toMatchObject({ verdict: 'PASS', isPaired: false });
    expect(compareMeans(0.7, 0.8, -0.02)).toMatchObject({ verdict: 'FAIL' });
  });
});
