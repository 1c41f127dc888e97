// A day of an environment whose triggers all roll back: calls come at 5 to 500 a second, errors come and go with the hour, a
// smoke test fails now and then. Runs the code of the Hub that compares, watches and decides; only the world is simulated.
import type { RateRecord } from '../../src/analysis/before-after.ts';
import { addToRecord } from '../../src/analysis/before-after.ts';
import { comparisonOf, comparisonsOf } from '../../src/reconciler/bake/comparisons.ts';
import { type KeptAfter, lookAfter, type ReleaseRecord } from '../../src/reconciler/bake/look-after.ts';
import { decideTrigger } from '../../src/reconciler/triggers/decide-trigger.ts';
import { bad, good, type Reading } from '../../src/reconciler/triggers/reading.ts';
import { beginWatch, forOf, isDue, nextWatch, type Watch } from '../../src/reconciler/triggers/watch.ts';
import type { Trigger } from '../../src/model/pipeline/trigger.ts';
import { seeded } from './random.ts';

export interface DayPlan {
  /** What happens outside for twenty minutes; undefined: nothing. */
  readonly incident?: 'supplier' | 'database';
  /** The share of calls that the new release fails in addition; default: none. */
  readonly fault?: number;
  /** When the incident begins, in hours after the activation: from, and to. */
  readonly at?: readonly [from: number, to: number];
  readonly hours: number;
}

export interface DayEnd {
  /** Milliseconds after the activation; null: nothing was rolled back. */
  readonly rolledBackAt: number | null;
  readonly by: string | null;
  /** Whether a trigger fired at all. */
  readonly fired: boolean;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
export const withinMs = 2 * hour;
const incidentMs = 20 * minute;
const start = Date.UTC(2026, 10, 2, 9);

const trigger = (name: string, test: Trigger['test']): Trigger => ({ name, test, do: 'rollback', withinMs });
const spike = trigger('spike', { kind: 'errors', operations: ['orders.*'], increase: 0.01 });
const metricTest = { kind: 'prometheus', url: '', query: '', above: 0.05, forMs: 5 * minute } as const;
const triggers = [
  trigger('down', { kind: 'health', forMs: 5 * minute }),
  trigger('loop', { kind: 'smoke', everyMs: minute, forMs: 5 * minute }),
  spike,
  trigger('metric', metricTest),
];
const comparisons = comparisonsOf({ bake: undefined, triggers });
const target = { environment: 'e', release: 'v1', revision: 'r', since: '', fits: true, skipped: [] };
const before = { release: 'v1', digest: 'd1' };
const served = { release: 'v2', digest: 'd2' };

export function runDay(seed: number, plan: DayPlan): DayEnd {
  const random = seeded(seed);
  const rate = 5 * 100 ** random.uniform();
  const base = 0.0005 * 10 ** random.uniform();
  const phase = random.uniform();
  const [from, to] = plan.at ?? [0, plan.hours];
  const incidentAt = (from + (to - from) * random.uniform()) * hour;
  const wave = (at: number): number => 1 + 0.3 * Math.sin(2 * Math.PI * (at / (24 * hour) + phase));
  const draw = (at: number, seconds: number, more: number) => {
    const calls = random.poisson(rate * seconds * wave(at));
    // A burst of ten seconds now and then: a caller that retries, a deployment beside it.
    const burst = random.uniform() < 0.0005 ? 10 : 1;
    return { calls, bad: random.binomial(calls, Math.min(1, base * wave(at + 6 * hour) * burst + more)) };
  };

  const slots: RateRecord = [];
  for (let at = -48 * hour; at < 0; at += 10 * minute) addToRecord(slots, start + at, draw(at, 600, 0));
  const records: ReleaseRecord[] = [{ ...before, series: { [comparisonOf(spike.name)]: slots } }];
  const kept: KeptAfter = { serving: before, after: undefined };
  const watches = new Map<string, Watch>();
  const recent: { calls: number; bad: number }[] = [];
  let fired = false;

  for (let at = 0, step = 0; at < plan.hours * hour; at += step) {
    // Where nothing may be rolled back any more, a look a minute tells as much.
    step = at < withinMs + hour / 2 ? 10 * second : minute;
    const now = start + at;
    const isIncident = plan.incident !== undefined && at >= incidentAt && at < incidentAt + incidentMs;
    const isReachable = !(isIncident && plan.incident === 'database');
    const more = (plan.fault ?? 0) + (isIncident ? 0.3 : 0);
    const counted = draw(at, step / second, more);
    recent.push(counted);
    if (recent.length > (5 * minute) / step) recent.splice(0, recent.length - (5 * minute) / step);
    const orders = { calls: counted.calls, errors: counted.bad };
    const taken = new Map([
      [served.digest, { byOperation: new Map([['orders.place', orders]]), isAway: !isReachable }],
    ]);
    const activation = { revision: 'r2', class: 'promotion' } as const;
    const look = { now, elapsedMs: step, served: { ...served, isReachable }, activation, taken };
    lookAfter(kept, records, { ...look, comparisons });

    const asked: Readonly<Record<string, () => Reading>> = {
      down: () => (isReachable ? good('') : bad('')),
      loop: () => (isIncident || random.uniform() < 0.002 ? bad('') : good('')),
      spike: () => (kept.after?.runs[comparisonOf(spike.name)]?.outcome === 'breached' ? bad('') : good('')),
      metric: () => {
        const [calls, failed] = [
          recent.reduce((n, one) => n + one.calls, 0),
          recent.reduce((n, one) => n + one.bad, 0),
        ];
        return calls > 0 && failed / calls > metricTest.above ? bad('') : good('');
      },
    };
    for (const { name, test } of triggers) {
      const watch = watches.get(name) ?? beginWatch;
      const reading = asked[name]?.();
      if (reading === undefined || !isDue(watch, test, now)) continue;
      const next = nextWatch(watch, test, { reading, now, isReachable }).watch;
      watches.set(name, next);
      if (next.firingSince === undefined || reading.kind !== 'bad') continue;
      fired = true;
      const { blamedSince } = next;
      const decision = decideTrigger({
        now,
        environment: 'e',
        trigger: { do: 'rollback', withinMs },
        served: { release: 'v2', class: 'promotion', activatedAt: start },
        isLeader: true,
        isHalted: false,
        isFrozen: false,
        isDatabaseReachable: isReachable,
        isBlamed: blamedSince !== undefined && now - blamedSince >= forOf(test),
        desired: 'v2',
        isBeingUndone: false,
        rolledBackAt: undefined,
        target,
      });
      if (decision.do === 'rollback') return { rolledBackAt: at, by: name, fired };
    }
  }
  return { rolledBackAt: null, by: null, fired };
}
