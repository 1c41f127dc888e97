import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  availabilityPrior,
  isAbove,
  isAtMost,
  rateBounds,
  ratePrior,
} from '../../src/analysis/confidence-sequence.ts';
import { bucketCount, bucketEdges, bucketOf, edgeOf } from '../../src/analysis/latency-buckets.ts';

describe('the confidence sequence', () => {
  it('needs 554 calls without an error to prove at most one point, as one of two bounds', () => {
    const threshold = Math.log(2 / 0.05);
    expect(isAtMost(0.01, { calls: 553, bad: 0 }, ratePrior, threshold)).toBe(false);
    expect(isAtMost(0.01, { calls: 554, bad: 0 }, ratePrior, threshold)).toBe(true);
  });

  it.each([
    [0, 4_741],
    [1, 7_202],
    [3, 11_210],
  ])('needs, with %i failures, %i calls to prove an availability of 99.9 %', (bad, calls) => {
    const threshold = Math.log(1 / 0.05);
    expect(isAtMost(0.001, { calls: calls - 1, bad }, availabilityPrior, threshold)).toBe(false);
    expect(isAtMost(0.001, { calls, bad }, availabilityPrior, threshold)).toBe(true);
  });

  it('has the measured rate between its bounds, and bounds that agree with the direct questions', () => {
    const counts = fc.record({
      calls: fc.integer({ min: 1, max: 100_000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(counts, fc.double({ min: 0.0001, max: 0.9999, noNaN: true }), ({ calls, share }, limit) => {
        const bad = Math.round(calls * share);
        const { lower, upper } = rateBounds({ calls, bad }, ratePrior, 4);
        expect(lower).toBeLessThanOrEqual(bad / calls);
        expect(upper).toBeGreaterThanOrEqual(bad / calls);
        // The bounds are searched to 1e-9: closer to the limit the two may differ.
        if (Math.abs(lower - limit) > 1e-8) {
          expect(isAbove(limit, { calls, bad }, ratePrior, 4)).toBe(lower > limit);
        }
        if (Math.abs(upper - limit) > 1e-8) {
          expect(isAtMost(limit, { calls, bad }, ratePrior, 4)).toBe(upper < limit);
        }
      }),
    );
  });

  it('knows nothing without calls', () => {
    expect(rateBounds({ calls: 0, bad: 0 }, ratePrior, 3)).toEqual({ lower: 0, upper: 1 });
  });
});

describe('the buckets of durations', () => {
  it('go from a quarter of a millisecond to a minute, each edge at most 5 % above the one before', () => {
    expect(bucketEdges[0]).toBe(0.25);
    expect(bucketEdges.at(-1)).toBe(60_000);
    for (const [index, edge] of bucketEdges.slice(1).entries()) {
      expect(edge / (bucketEdges[index] ?? 0)).toBeLessThanOrEqual(1.0501);
    }
  });

  it('count a duration in the first bucket whose edge is not below it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100_000, noNaN: true }), (ms) => {
        const bucket = bucketOf(ms);
        expect(bucket).toBeLessThan(bucketCount);
        expect(ms).toBeLessThanOrEqual(edgeOf(bucket));
        if (bucket > 0) expect(ms).toBeGreaterThan(edgeOf(bucket - 1));
      }),
    );
    for (const [index, edge] of bucketEdges.entries()) expect(bucketOf(edge)).toBe(index);
  });
});
