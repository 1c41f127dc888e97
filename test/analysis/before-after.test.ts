import { describe, expect, it } from '@jest/globals';
import {
  addAfter,
  addToRecord,
  type AfterReading,
  type CountedCalls,
  judgeAfter,
  type RateRecord,
  type RateReference,
  referenceOf,
  startAfter,
} from '../../src/analysis/before-after.ts';
import { seeded } from '../../bench/simulation/random.ts';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 10, 2);

/** A record of so many hours, one interval each ten minutes. */
function recordOf(hours: number, slot: (index: number) => CountedCalls): RateRecord {
  const record: RateRecord = [];
  for (let index = 0; index < hours * 6; index += 1)
    addToRecord(record, start + index * 10 * minute, slot(index));
  return record;
}

const reference = (hours: number, slot: (index: number) => CountedCalls) =>
  referenceOf(recordOf(hours, slot), start + hours * hour);

/** Looks every ten seconds; gives the first FAIL with how many looks it took, or the last reading. */
function watch(
  against: RateReference | null,
  interval: (look: number) => CountedCalls,
  { looks = 90, increase = 0.01 } = {},
): AfterReading & { looks: number } {
  let after = startAfter();
  for (let look = 0; ; look += 1) {
    // As after a restart: what is remembered is JSON.
    after = JSON.parse(JSON.stringify(after));
    addAfter(after, interval(look), 10_000);
    const reading = judgeAfter({ reference: against, after, increase, forMs: 15 * minute });
    if (reading.verdict === 'FAIL' || look === looks - 1) return { ...reading, looks: look + 1 };
  }
}

const day = reference(48, () => ({ calls: 6_000, bad: 30 }));

describe('a release beside the record of the one before it', () => {
  it('passes where it fails as seldom, and says so in a sentence', () => {
    const reading = watch(day, () => ({ calls: 100, bad: 0 }));
    expect(reading.verdict).toBe('PASS');
    expect(reading.sentence).toMatch(
      /^Since the activation: 0 of 9,000 calls failed .* Allowed: 1 point more\.$/,
    );
    expect(reading.before).toMatchObject({ calls: 48 * 6 * 6_000, bad: 48 * 6 * 30 });
  });

  it('fails after a few looks where 5 % of its calls fail', () => {
    const reading = watch(day, () => ({ calls: 100, bad: 5 }));
    expect(reading.verdict).toBe('FAIL');
    expect(reading.looks).toBeLessThanOrEqual(12);
    expect(reading.after.lower).toBeGreaterThan((reading.before?.upper ?? 1) + 0.01);
  });

  it('finds a fault that begins after ten minutes', () => {
    const reading = watch(day, (look) => ({ calls: 100, bad: look < 60 ? 0 : 10 }));
    expect(reading.verdict).toBe('FAIL');
    expect(reading.looks).toBeLessThanOrEqual(60 + 12);
  });

  it('needs three bad intervals and two looks: one burst is not a fault of a release', () => {
    expect(watch(day, (look) => ({ calls: 100, bad: look === 3 ? 100 : 0 })).verdict).not.toBe('FAIL');
  });

  it('blames none of 60 releases that fail as their predecessors did', () => {
    const failed = Array.from({ length: 60 }, (_, seed) => {
      const random = seeded(seed + 1);
      return watch(day, () => ({ calls: 100, bad: random.binomial(100, 0.005) })).verdict;
    }).filter((verdict) => verdict === 'FAIL');
    expect(failed).toEqual([]);
  });

  it('allows what the environment does in its worst hours', () => {
    const nightly = (index: number) => ({ calls: 600, bad: index % 144 < 6 ? 60 : 1 });
    const of = reference(72, nightly);
    expect(of?.rate).toBeCloseTo(0.1, 5);
    expect(watch(of, () => ({ calls: 100, bad: 10 })).verdict).not.toBe('FAIL');
    expect(watch(of, () => ({ calls: 100, bad: 30 })).verdict).toBe('FAIL');
  });

  it('has no verdict under 24 hours of record, whatever fails', () => {
    expect(reference(23, () => ({ calls: 600, bad: 0 }))).toBeNull();
    expect(reference(24, () => ({ calls: 600, bad: 0 }))).not.toBeNull();
    const reading = watch(null, () => ({ calls: 100, bad: 100 }));
    expect(reading).toMatchObject({ verdict: 'NO_DATA', before: null });
    expect(reading.sentence).toContain('less than 24 hours');
  });

  it('has no verdict without calls', () => {
    expect(watch(day, () => ({ calls: 0, bad: 0 })).verdict).toBe('NO_DATA');
    expect(reference(48, () => ({ calls: 0, bad: 0 }))).toBeNull();
  });

  it('keeps seven days, one number pair for ten minutes', () => {
    const record = recordOf(24 * 9, () => ({ calls: 1, bad: 0 }));
    expect(record).toHaveLength(7 * 144);
    addToRecord(record, start + 24 * 9 * hour - minute, { calls: 5, bad: 1 });
    expect(record.at(-1)).toMatchObject({ calls: 6, bad: 1 });
    expect(record).toHaveLength(7 * 144);
  });

  it('counts at most 20 s between two looks', () => {
    const after = startAfter();
    addAfter(after, { calls: 1, bad: 0 }, hour);
    expect(after.countedMs).toBe(20_000);
  });
});
