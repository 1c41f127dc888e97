import { describe, expect, it } from '@jest/globals';
import { drawOf, drawOfCount, isDrawn, saltOf } from '../../src/serving/draw-arm.ts';

const draws = 1_000_000;
const first = saltOf('5f2b7c0e9d1a4f36b8c2e1d0a9f8b7c6d5e4f3a2');
const second = saltOf('0d9f8e7c6b5a49382716f5e4d3c2b1a09f8e7d6c');

/** Squared deviation of counts from what is expected, in units of it. */
function chiSquare(counts: readonly number[], expected: readonly number[]): number {
  return counts.reduce((sum, count, i) => sum + (count - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 1), 0);
}

/** Keys as callers have them. */
const keyKinds = {
  'a number behind a word': (i: number) => `user-${i}`,
  'a mail address': (i: number) => `someone.${i.toString(36)}@example.com`,
  'a long identity': (i: number) =>
    `https://id.example.com/realms/shop|${(i * 7919).toString(16).padStart(32, '0')}`,
};

describe('the draw of a call', () => {
  // The 99.9th percentiles of chi-square with 1 and 63 degrees of freedom.
  it.each(Object.entries(keyKinds))('is fair for a million callers whose key is %s', (_name, keyOf) => {
    const groups = new Array<number>(64).fill(0);
    let tenth = 0;
    for (let i = 0; i < draws; i += 1) {
      const draw = drawOf(keyOf(i), first);
      if (isDrawn(draw, 10)) tenth += 1;
      groups[draw.group] = (groups[draw.group] ?? 0) + 1;
    }
    expect(chiSquare([tenth, draws - tenth], [draws / 10, (draws * 9) / 10])).toBeLessThan(10.83);
    expect(
      chiSquare(
        groups,
        groups.map(() => draws / 64),
      ),
    ).toBeLessThan(103.4);
  });

  it('is fair for a million calls without a key', () => {
    let hundredth = 0;
    for (let i = 0; i < draws; i += 1) if (isDrawn(drawOfCount(i, first), 1)) hundredth += 1;
    expect(chiSquare([hundredth, draws - hundredth], [draws / 100, (draws * 99) / 100])).toBeLessThan(10.83);
  });

  it('is another one for the next canary, and the groups of callers of one arm are all groups', () => {
    const both = [0, 0, 0, 0];
    const groups = new Array<number>(64).fill(0);
    for (let i = 0; i < draws; i += 1) {
      const key = `user-${i}`;
      const draw = drawOf(key, first);
      const cell = (isDrawn(draw, 10) ? 2 : 0) + (isDrawn(drawOf(key, second), 10) ? 1 : 0);
      both[cell] = (both[cell] ?? 0) + 1;
      if (isDrawn(draw, 10)) groups[draw.group] = (groups[draw.group] ?? 0) + 1;
    }
    // 3 degrees of freedom: the two draws do not know of each other.
    expect(
      chiSquare(
        both,
        [0.81, 0.09, 0.09, 0.01].map((share) => share * draws),
      ),
    ).toBeLessThan(16.27);
    const drawn = groups.reduce((sum, count) => sum + count, 0);
    expect(
      chiSquare(
        groups,
        groups.map(() => drawn / 64),
      ),
    ).toBeLessThan(103.4);
  });

  it('is the same whenever it is asked for, and a larger weight keeps whom a smaller one had', () => {
    for (let i = 0; i < 1000; i += 1) {
      const draw = drawOf(`user-${i}`, first);
      expect(drawOf(`user-${i}`, first)).toEqual(draw);
      if (isDrawn(draw, 1)) expect(isDrawn(draw, 10)).toBe(true);
      expect(isDrawn(draw, 0)).toBe(false);
    }
  });
});
