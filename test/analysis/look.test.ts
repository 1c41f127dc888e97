import { describe, expect, it } from '@jest/globals';
import { look, type LookReport } from '../../src/analysis/look.ts';
import type { AnalysisPolicy } from '../../src/analysis/policy.ts';
import type { ArmSample, Sample } from '../../src/analysis/sample.ts';
import { startState, type AnalysisState } from '../../src/analysis/state.ts';
import { bucketOf } from '../../src/analysis/latency-buckets.ts';
import { gates, policyOf } from '../../bench/simulation/run-canary.ts';
import { seeded } from '../../bench/simulation/random.ts';
import { makeTraffic, type Traffic } from '../../bench/simulation/traffic.ts';

const tenSeconds = 10_000;

function arm(calls: number, errors = 0, more: Partial<ArmSample> = {}): ArmSample {
  const trailingErrors = errors === calls ? calls : 0;
  return { calls, errors, refusals: 0, trailingErrors, latency: [], callers: null, ...more };
}

function sample(canary: ArmSample, stable: ArmSample, more: Partial<Sample> = {}): Sample {
  return {
    at: 0,
    elapsedMs: tenSeconds,
    canary,
    stable,
    probes: null,
    metrics: {},
    isSourceUp: true,
    ...more,
  };
}

/** Looks again and again; gives the last report, or the first that decides something. */
function watch(
  policy: AnalysisPolicy,
  looks: number,
  make: (index: number) => Sample,
  state: AnalysisState = startState(policy),
): LookReport & { looks: number } {
  let report: LookReport | undefined;
  for (let index = 0; index < looks; index += 1) {
    report = look(policy, state, make(index));
    if (report.decision.do !== 'go-on' && report.decision.do !== 'step')
      return { ...report, looks: index + 1 };
  }
  if (report === undefined) throw new Error('no look');
  return { ...report, looks };
}

const calm = () => sample(arm(100), arm(900));

describe('a look at a canary', () => {
  it('passes a healthy canary after the minimum of counted time, and says so', () => {
    const policy = policyOf([gates.errors, gates.availability]);
    const report = watch(policy, 1000, calm);
    expect(report.decision).toEqual({ do: 'pass' });
    // One minute warms up, thirty count.
    expect(report.looks).toBe(6 + 180);
    expect(report.gates.map(({ verdict }) => verdict)).toEqual(['PASS', 'PASS']);
  });

  it('does not count the warm-up', () => {
    const state = startState(policyOf([gates.errors]));
    watch(policyOf([gates.errors]), 6, () => sample(arm(100, 40), arm(900)), state);
    expect(state.scopes.step.canary.calls).toBe(0);
    expect(state.isWarm).toBe(true);
  });

  it('rolls back for the errors gate only after two looks in a row', () => {
    const policy = policyOf([gates.errors]);
    const state = startState(policy);
    watch(policy, 6, calm, state);
    const bad = () => sample(arm(100, 30), arm(900));
    const reports = [bad, bad, bad, bad].map((make) => look(policy, state, make()));
    // Three intervals with bad calls are needed before a look can fail, and then a second one.
    expect(reports.map(({ decision }) => decision.do)).toEqual(['go-on', 'go-on', 'go-on', 'roll-back']);
    expect(reports.at(-1)?.decision).toEqual({ do: 'roll-back', gate: 'errors' });
    expect(reports.at(-1)?.sentence).toMatch(/^Gate errors failed\. Canary: 120 of 400 calls failed/);
  });

  it('rolls back at once, in the warm-up too, when every call fails', () => {
    const policy = policyOf([gates.errors]);
    expect(watch(policy, 10, () => sample(arm(20, 20), arm(180)))).toMatchObject({
      looks: 1,
      decision: { do: 'roll-back', gate: 'errors' },
    });
  });

  it('blames nobody for an incident that both arms share', () => {
    const policy = policyOf([gates.errors]);
    const shared = (index: number) => (index < 20 ? calm() : sample(arm(100, 20), arm(900, 180)));
    expect(watch(policy, 190, shared).gates[0]?.verdict).not.toBe('FAIL');
  });

  it('pauses for the latency gate and resumes after ten clean minutes', () => {
    const policy = policyOf([gates.errors, gates.latency]);
    const state = startState(policy);
    const durations = (calls: number, ms: number) => [[bucketOf(ms), calls] as const];
    const at = (canaryMs: number) =>
      sample(
        arm(500, 0, { latency: durations(500, canaryMs) }),
        arm(4500, 0, { latency: durations(4500, 20) }),
      );
    watch(policy, 6, () => at(20), state);
    expect(watch(policy, 5, () => at(40), state).state).toBe('paused');
    const progress = state.progressMs;
    const after: string[] = [];
    // The slow calls become less than 1 % of all, then ten clean minutes pass.
    for (let index = 0; index < 1200 && after.at(-1) !== 'running'; index += 1) {
      after.push(look(policy, state, at(20)).state);
      if (after.at(-1) === 'paused') expect(state.progressMs).toBe(progress);
    }
    expect(after.at(-1)).toBe('running');
    expect(after.filter((name) => name === 'paused').length).toBeGreaterThanOrEqual(59);
  });

  it('leaves an environment below its objective alone', () => {
    const policy = policyOf([gates.availability]);
    const report = watch(policy, 60, () => sample(arm(100, 2), arm(900, 18)));
    expect(report.decision.do).toBe('go-on');
    expect(report.gates[0]).toMatchObject({ verdict: 'INCONCLUSIVE', isBelowObjective: true });
    expect(report.gates[0]?.sentence).toContain('below its objective');
  });

  it.each([
    ['after', [gates.errors, gates.availability]],
    ['before', [gates.availability, gates.errors]],
  ])('passes availability %s errors weakly, on at most one failed call, and says so', (_, chosen) => {
    const policy = policyOf(chosen);
    const report = watch(policy, 1000, (index) => sample(arm(20, index === 30 ? 1 : 0), arm(180)));
    expect(report.decision.do).toBe('pass');
    expect(report.gates.map(({ name }) => name)).toEqual(chosen.map(({ name }) => name));
    expect(report.gates.find(({ name }) => name === 'availability')).toMatchObject({
      verdict: 'PASS',
      isWeak: true,
    });
    expect(report.sentence).toContain('Gate availability passes with weak: true');
  });

  it('fails health after five minutes of failing probes, and blames nobody when stable fails too', () => {
    const health = {
      name: 'health',
      test: { kind: 'health', forMs: 300_000 },
      onBreach: 'rollback',
      dryRun: false,
    } as const;
    const policy = policyOf([health]);
    const probing = (canary: boolean, stable: boolean) => () =>
      sample(arm(100), arm(900), { probes: { canary, stable } });
    expect(watch(policy, 100, probing(false, true))).toMatchObject({
      looks: 30,
      decision: { gate: 'health' },
    });
    expect(watch(policy, 100, probing(false, false)).gates[0]?.verdict).toBe('NONE');
    expect(watch(policy, 1000, probing(true, true)).decision.do).toBe('pass');
  });

  it('says that there is no data after five minutes, and goes back to stable at the maximum', () => {
    const policy = policyOf([gates.errors]);
    const quiet = () => sample(arm(0), arm(5));
    expect(watch(policy, 30, quiet)).toMatchObject({ verdict: 'NO_DATA', noDataMs: 300_000 });
    expect(watch(policy, 1000, quiet)).toMatchObject({
      looks: 720,
      decision: { do: 'roll-back', gate: null },
    });
  });

  it('leaves a canary that passed, or that a person decides about, where it is when calls stop at night', () => {
    const policy = policyOf([gates.errors]);
    const night = () => sample(arm(0), arm(0));
    const passed = startState(policy);
    expect(watch(policy, 1000, calm, passed).decision.do).toBe('pass');
    const undecided = startState(policy);
    const few = (index: number) => sample(arm(1, index % 25 === 0 ? 1 : 0), arm(9, index % 3 === 0 ? 1 : 0));
    expect(watch(policy, 1000, few, undecided).decision.do).toBe('undecided');
    for (let index = 0; index < 1000; index += 1) {
      expect(['pass', 'go-on']).toContain(look(policy, passed, night()).decision.do);
      expect(look(policy, undecided, night()).decision.do).toBe('undecided');
    }
  });

  it('waits in an earlier step too until the maximum before it goes back for want of calls', () => {
    const policy = policyOf([gates.errors], { weights: [1, 10] });
    // A call a minute for an hour, then none: the warm-up never ends, so that no step begins.
    const quiet = (index: number) => sample(arm(index < 360 && index % 6 === 0 ? 1 : 0), arm(100));
    expect(watch(policy, 1000, quiet)).toMatchObject({
      looks: 720,
      decision: { do: 'roll-back', gate: null },
    });
  });

  it('counts how long there is no data, also after there was some', () => {
    const policy = policyOf([gates.errors]);
    const state = startState(policy);
    watch(policy, 60, calm, state);
    const { noDataMs } = watch(policy, 59, () => sample(arm(0), arm(5)), state);
    // Five minutes until it shows, and five looks short of ten.
    expect(noDataMs).toBe(590_000);
  });

  it('begins the step that another Hub has begun, with counts from zero', () => {
    const policy = policyOf([gates.errors], { weights: [1, 10] });
    const state = startState(policy);
    watch(policy, 20, calm, state);
    look(policy, state, calm(), { heldBecause: null, mayStep: false, step: 1 });
    expect([state.step, state.countedMs, state.scopes.step.canary.calls]).toEqual([1, tenSeconds, 100]);
  });

  it('has no verdict while the source of the counts is down, and forgets nothing', () => {
    const policy = policyOf([gates.errors]);
    const state = startState(policy);
    watch(policy, 20, calm, state);
    const before = JSON.stringify(state.scopes);
    expect(watch(policy, 5, () => ({ ...calm(), isSourceUp: false }), state).gates[0]?.verdict).toBe('NONE');
    expect(JSON.stringify(state.scopes)).toBe(before);
  });

  it('counts no time while the source is down: no step and no pass rests on it, and the maximum passes', () => {
    const policy = policyOf([gates.errors], { weights: [1, 10] });
    const state = startState(policy);
    watch(policy, 20, calm, state);
    const down = () => ({ ...calm(), isSourceUp: false });
    const report = watch(policy, 600, down, state);
    expect([report.verdict, state.step, state.countedMs]).toEqual(['NONE', 0, 140_000]);
    // The rest of the first step, then the whole minimum of the last one.
    expect(watch(policy, 1000, calm, state)).toMatchObject({ looks: 46 + 180, decision: { do: 'pass' } });
    const dead = startState(policyOf([gates.errors]));
    expect(watch(policyOf([gates.errors]), 1000, down, dead)).toMatchObject({
      looks: 720,
      decision: { do: 'undecided' },
    });
  });

  it('says how large a fault would have been found by now, of durations too', () => {
    const policy = policyOf([gates.errors, gates.latency]);
    const durations = (calls: number) => [[bucketOf(20), calls] as const];
    const at = () =>
      sample(arm(100, 0, { latency: durations(100) }), arm(900, 0, { latency: durations(900) }));
    const effects = [12, 120].map((looks) =>
      watch(policy, looks, at).gates.map(({ smallestEffect }) => smallestEffect ?? 1),
    );
    for (const [early, late] of [0, 1].map((gate) => effects.map((one) => one[gate] ?? 1))) {
      expect(early).toBeGreaterThan(late ?? 1);
      expect(late).toBeGreaterThan(0);
    }
  });

  it('never acts on a dry run', () => {
    const policy = policyOf([{ ...gates.errors, dryRun: true }]);
    const report = watch(policy, 30, () => sample(arm(100, 50), arm(900)));
    expect(report.gates[0]?.verdict).toBe('FAIL');
    expect(report.decision.do).toBe('go-on');
  });

  it('goes through the steps, each from zero, and passes only in the last', () => {
    const policy = policyOf([gates.errors], { weights: [1, 10] });
    const state = startState(policy);
    const decisions: string[] = [];
    for (let index = 0; index < 400 && decisions.at(-1) !== 'pass'; index += 1) {
      decisions.push(look(policy, state, calm()).decision.do);
      if (decisions.at(-1) === 'step') expect(state.scopes.step.canary.calls).toBe(0);
    }
    expect(decisions.filter((name) => name === 'step')).toHaveLength(1);
    expect(decisions).toHaveLength(6 + 60 + 180);
  });

  it.each([
    ['an error of the source', undefined, 'NONE'],
    ['an empty answer', null, 'NO_DATA'],
    ['NaN', { canary: Number.NaN, stable: 1 }, 'NO_DATA'],
    ['a value within the increase', { canary: 1.02, stable: 1 }, 'PASS'],
    ['a larger one', { canary: 1.03, stable: 1 }, 'FAIL'],
  ])('of %s of a metric says what it is worth', (_, values, verdict) => {
    const test = { kind: 'metric', query: 'score', increase: 0.02 } as const;
    const policy = policyOf([{ name: 'score', test, onBreach: 'alert', dryRun: false }]);
    const metrics = values === undefined ? {} : { score: values };
    const report = look(policy, startState(policy), { ...calm(), metrics });
    expect([report.gates[0]?.verdict, report.decision.do]).toEqual([verdict, 'go-on']);
  });

  it('counts at most twenty seconds for a look, whatever the clock says', () => {
    const policy = policyOf([gates.errors]);
    const state = startState(policy);
    look(policy, state, { ...calm(), elapsedMs: 3_600_000 });
    expect(state.elapsedMs).toBe(20_000);
    look(policy, state, { ...calm(), elapsedMs: -5 });
    expect(state.elapsedMs).toBe(20_000);
  });

  it('gives the same reports when its state was written down and read in between', () => {
    const policy = policyOf([gates.errors, gates.latency, gates.availability], { hasCallers: true });
    const traffic: Traffic = { rate: 50, base: 0.01, slowdown: 1.2 };
    const run = (isWritten: boolean) => {
      const next = makeTraffic(seeded(7), traffic);
      let state = startState(policy);
      return Array.from({ length: 60 }, (_, index) => {
        const report = look(policy, state, next(index * tenSeconds, 10));
        if (isWritten) state = JSON.parse(JSON.stringify(state)) as AnalysisState;
        return JSON.stringify(report);
      });
    };
    expect(run(true)).toEqual(run(false));
  });
});
