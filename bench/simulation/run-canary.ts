// Runs one simulated canary to its end, with the analysis as the Hub runs it, or with the naive rule beside it.
import { look } from '../../src/analysis/look.ts';
import type { AnalysisPolicy } from '../../src/analysis/policy.ts';
import type { GatePolicy } from '../../src/model/pipeline/canary.ts';
import type { Sample } from '../../src/analysis/sample.ts';
import { startState } from '../../src/analysis/state.ts';
import { seeded } from './random.ts';
import { lookMs, makeTraffic, type Traffic } from './traffic.ts';

const minute = 60_000;

const gate = (name: string, test: GatePolicy['test'], onBreach: GatePolicy['onBreach']): GatePolicy => ({
  name,
  test,
  onBreach,
  dryRun: false,
});
export const gates = {
  errors: gate('errors', { kind: 'errorRate', increase: 0.01 }, 'rollback'),
  refusals: gate('refusals', { kind: 'refusalRate', increase: 0.01 }, 'pause'),
  latency: gate('latency', { kind: 'latency', quantile: 0.99, increase: 0.1 }, 'pause'),
  availability: gate('availability', { kind: 'availability', atLeast: 0.999 }, 'rollback'),
};

export function policyOf(
  chosen: readonly GatePolicy[],
  { weights = [10], hasCallers = false }: { weights?: readonly number[]; hasCallers?: boolean } = {},
): AnalysisPolicy {
  return {
    steps: weights.map((weight) => ({ weight, forMs: 10 * minute })),
    minimumMs: 30 * minute,
    maximumMs: 120 * minute,
    warmUp: { ms: minute, requests: 100 },
    gates: chosen,
    onNoData: 'rollback',
    hasCallers,
  };
}

export interface Ending {
  readonly outcome: 'rolled-back' | 'passed' | 'undecided';
  /** When, in milliseconds of the canary's life. */
  readonly atMs: number;
  /** When a pause gate failed first; `null` where none did. */
  readonly pausedAtMs: number | null;
}

/** Runs until a decision, or for `endMs`. */
export function runCanary(seed: number, traffic: Traffic, policy: AnalysisPolicy, endMs = Infinity): Ending {
  const sampleAt = makeTraffic(seeded(seed), traffic);
  const state = startState(policy);
  let pausedAtMs: number | null = null;
  for (let ms = lookMs; ms < endMs; ms += lookMs) {
    const weight = policy.steps[state.step]?.weight ?? 0;
    const report = look(policy, state, sampleAt(ms - lookMs, weight));
    if (pausedAtMs === null && report.state === 'paused') pausedAtMs = ms;
    if (report.decision.do === 'roll-back') return { outcome: 'rolled-back', atMs: ms, pausedAtMs };
    if (report.decision.do === 'pass') return { outcome: 'passed', atMs: ms, pausedAtMs };
    if (report.decision.do === 'undecided') return { outcome: 'undecided', atMs: ms, pausedAtMs };
  }
  return { outcome: 'undecided', atMs: endMs, pausedAtMs };
}

/** The rule that other tools have: the canary's error rate of a minute is over stable's by more than a point. */
export function runNaive(seed: number, traffic: Traffic, minutes = 30): Ending {
  const sampleAt = makeTraffic(seeded(seed), traffic);
  const window: Sample[] = [];
  for (let ms = lookMs; ms <= minutes * minute; ms += lookMs) {
    window.push(sampleAt(ms - lookMs, 10));
    if (window.length < 6) continue;
    const rate = (arm: 'canary' | 'stable') => {
      const calls = window.reduce((sum, sample) => sum + sample[arm].calls, 0);
      return calls === 0 ? 0 : window.reduce((sum, sample) => sum + sample[arm].errors, 0) / calls;
    };
    if (rate('canary') - rate('stable') > 0.01) return { outcome: 'rolled-back', atMs: ms, pausedAtMs: null };
    window.shift();
  }
  return { outcome: 'passed', atMs: minutes * minute, pausedAtMs: null };
}
