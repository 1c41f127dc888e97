import { describe, expect, it } from '@jest/globals';
import { ArmCounter } from '../../src/serving/arm-counter.ts';
import { CanaryTraffic, mayGetCalls, type CanaryPair } from '../../src/serving/canary-traffic.ts';

const pair: CanaryPair = { environment: 'canary', of: 'production', sticky: { kind: 'subject' } };
const blob = (digit: string) => ({ blob: digit.repeat(40) });
const [one, two, three] = [blob('1'), blob('2'), blob('3')];
const start = { of: 'production', canary: two.blob, stable: one.blob, weight: 10 };

/** Production on 1, canary on 2. */
function aTraffic() {
  const served = new Map([
    ['production', one],
    ['canary', two],
  ]);
  const changed: string[] = [];
  const traffic = new CanaryTraffic<{ readonly blob: string }>({
    stable: (environment) => served.get(environment),
    onChange: (environment) => changed.push(environment),
  });
  traffic.configure([pair]);
  const splitOf = (environment: string) => traffic.splitOf(environment, served.get(environment) ?? one);
  /** As the serving table does it. */
  const serve = (environment: string, release: { readonly blob: string }) => {
    served.set(environment, release);
    traffic.splitOf(environment, release);
    traffic.noteServed(environment);
  };
  return { traffic, changed, splitOf, serve };
}

describe('the share of a canary', () => {
  it.each([
    ['beside what it began with', one, two, true],
    ['beside another release', three, two, false],
    ['beside nothing', undefined, two, false],
    ['replaced by another one', one, three, false],
    ['not served any more', one, undefined, false],
    ['served by production itself', two, two, false],
  ])('is on or off for a canary %s', (_name, stable, canary, isOn) => {
    expect(mayGetCalls(start, { stable, canary })).toBe(isOn);
  });

  it('is none where stk.yaml has no canary, and off where it has one that was not started', () => {
    const { traffic, splitOf } = aTraffic();
    expect(splitOf('production')).toEqual({ sticky: { kind: 'subject' }, canary: undefined });
    expect(splitOf('canary')).toBeUndefined();
    traffic.configure([]);
    expect(splitOf('production')).toBeUndefined();
  });

  it('is on from the start, takes another weight with the same draws, and ends at once', () => {
    const { traffic, splitOf, changed } = aTraffic();
    changed.length = 0;
    expect(traffic.start(start)).toBe(true);
    const before = splitOf('production')?.canary;
    expect(before).toMatchObject({ active: two, weight: 10 });
    traffic.setWeight('production', 25);
    const after = splitOf('production')?.canary;
    expect(after).toMatchObject({ weight: 25, salt: before?.salt });
    expect(after?.counters).toBe(before?.counters);
    traffic.stop('production');
    expect(splitOf('production')?.canary).toBeUndefined();
    expect(traffic.take('production')).toBeUndefined();
    expect(changed).toEqual(['production', 'production', 'production']);
  });

  it('ends when production serves another release, and does not come back with the old one', () => {
    const { traffic, splitOf, serve } = aTraffic();
    traffic.start(start);
    serve('production', three);
    expect(traffic.snapshot('production')).toBeUndefined();
    serve('production', one);
    expect(splitOf('production')?.canary).toBeUndefined();
    expect(traffic.start(start)).toBe(true);
  });

  it('ends when the canary serves another release', () => {
    const { traffic, splitOf, serve } = aTraffic();
    traffic.start(start);
    serve('canary', three);
    expect(splitOf('production')?.canary).toBeUndefined();
    expect(traffic.start(start)).toBe(false);
  });

  it('goes on where the same releases are put in place again', () => {
    const { traffic, splitOf, serve } = aTraffic();
    traffic.start(start);
    const before = splitOf('production')?.canary?.counters;
    serve('production', { ...one });
    serve('canary', { ...two });
    traffic.configure([{ ...pair, sticky: { kind: 'none' } }]);
    expect(splitOf('production')).toMatchObject({ sticky: { kind: 'none' }, canary: { active: two } });
    expect(splitOf('production')?.canary?.counters).toBe(before);
  });
});

describe('the counts of an arm', () => {
  it('are those since the last look, and all of them for metrics', () => {
    const counter = new ArmCounter();
    counter.add({ end: 'ok', ms: 3, group: 5 });
    counter.add({ end: 'refusal', ms: 0.1, group: 5 });
    counter.add({ end: 'error', ms: undefined, group: 63 });
    counter.add({ end: 'error', ms: 70_000, group: 63 });
    const sample = counter.take(true);
    expect(sample).toMatchObject({ calls: 4, errors: 2, refusals: 1, trailingErrors: 2 });
    expect(sample.latency.map(([, count]) => count)).toEqual([1, 1, 1]);
    expect(sample.callers?.calls[5]).toBe(2);
    expect(sample.callers?.errors[63]).toBe(2);
    expect(sample.callers?.refusals[5]).toBe(1);
    counter.add({ end: 'left', ms: undefined, group: 0 });
    expect(counter.take(false)).toEqual({
      calls: 1,
      errors: 0,
      refusals: 0,
      trailingErrors: 0,
      latency: [],
      callers: null,
    });
    const { ends, latency, sumMs } = counter.totals();
    expect(ends).toEqual({ ok: 1, error: 2, refusal: 1, left: 1 });
    expect(latency.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(sumMs).toBeCloseTo(70_003.1);
  });

  it('of both arms begin anew with another weight', () => {
    const { traffic, splitOf } = aTraffic();
    traffic.start(start);
    splitOf('production')?.canary?.counters.stable.add({ end: 'ok', ms: 1, group: 0 });
    traffic.start(start);
    expect(traffic.take('production')?.stable.calls).toBe(1);
    splitOf('production')?.canary?.counters.stable.add({ end: 'ok', ms: 1, group: 0 });
    traffic.start({ ...start, weight: 20 });
    expect(traffic.take('production')?.stable.calls).toBe(0);
    expect(traffic.snapshot('production')?.totals.stable.ends.ok).toBe(2);
  });
});
