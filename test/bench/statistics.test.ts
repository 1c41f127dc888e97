import { describe, expect, it } from '@jest/globals';
import { medianOf, quantile, summarise } from '../../bench/statistics.ts';

describe('benchmark statistics', () => {
  it('interpolates between the two samples beside a quantile', () => {
    expect(quantile([10, 20], 0.5)).toBe(15);
    expect(quantile([0, 100], 0.99)).toBeCloseTo(99);
  });

  it('sorts numerically and leaves its argument alone', () => {
    const samples = [100, 9, 20];
    expect(medianOf(samples)).toBe(20);
    expect(samples).toEqual([100, 9, 20]);
  });

  it('reports the extremes and how many samples there were', () => {
    expect(summarise([3, 1, 2])).toMatchObject({ count: 3, min: 1, max: 3, median: 2 });
  });

  it('refuses to summarise nothing', () => {
    expect(() => summarise([])).toThrow('no samples');
  });
});
