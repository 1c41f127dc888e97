// What one gate finds at a look: its test's reading, the verdict that follows from it, and whether the gate pauses the canary. What
// follows for the canary as a whole is look.ts's work. Pure.
import { testLatency } from './latency-test.ts';
import type { GatePolicy } from '../model/pipeline/canary.ts';
import type { AnalysisPolicy } from './policy.ts';
import { testAvailability, testRate } from './rate-test.ts';
import { noReading, type GateReading, type Reading } from './reading.ts';
import { compareMetric } from './sentences.ts';
import type { AnalysisState, GateState } from './state.ts';

/** A breach must show at this many looks in a row. */
const persistentLooks = 2;
const cleanToResumeMs = 600_000;
const fewestProbes = 10;

export interface GateQuestion {
  readonly gate: GatePolicy;
  readonly own: GateState;
  /** Of the errors gate, at this look. */
  readonly hasErrorsPassed: boolean;
}

export function readGate(
  policy: AnalysisPolicy,
  state: AnalysisState,
  { gate: { name, test }, own, hasErrorsPassed }: GateQuestion,
): Reading {
  switch (test.kind) {
    case 'errorRate':
      return testRate(policy, state, 'errors', test.increase);
    case 'refusalRate':
      return testRate(policy, state, 'refusals', test.increase);
    case 'latency':
      return testLatency(policy, state, test);
    case 'availability':
      return testAvailability(policy, state, test.atLeast, hasErrorsPassed);
    case 'health':
      return readHealth(own, test.forMs);
    case 'metric':
      return { ...noReading, sentence: compareMetric(state.metrics[name], test.increase) };
  }
}

function readHealth(own: GateState, forMs: number): Reading {
  const seconds = Math.round(own.unhealthyMs / 1000);
  return {
    ...noReading,
    isBreached: own.unhealthyMs >= forMs && own.probes >= fewestProbes,
    isCertain: true,
    isPassed: own.probes >= fewestProbes && own.lastProbe === 'succeeded',
    sentence:
      own.lastProbe === 'failed'
        ? `The canary's probe has failed for ${seconds} s while stable's succeeds.`
        : `${own.probes} probes; the newest ${own.lastProbe === 'succeeded' ? 'succeeded' : 'has no result'}.`,
  };
}

/** The verdict from the reading, the source's state, and how many looks the breach has lasted. */
export function settle(
  state: AnalysisState,
  { name, test }: GatePolicy,
  own: GateState,
  reading: Reading,
  hasData: boolean,
): GateReading {
  if (test.kind === 'health') {
    if (own.lastProbe === 'both-failed') return 'NONE';
  } else if (!state.isSourceUp) return 'NONE';
  if (test.kind === 'metric') return settleMetric(state.metrics[name], test.increase);
  own.failingLooks = reading.isBreached ? own.failingLooks + 1 : 0;
  if (reading.isBreached && (reading.isCertain || own.failingLooks >= persistentLooks)) return 'FAIL';
  if (test.kind !== 'health' && !hasData) return 'NO_DATA';
  return reading.isPassed && !reading.isBreached ? 'PASS' : 'INCONCLUSIVE';
}

/** `undefined`: nobody asks for it. `null`: the answer has no value for one of the releases. */
type MetricValues = AnalysisState['metrics'][string] | undefined;

function settleMetric(values: MetricValues, increase: number): GateReading {
  if (values === undefined) return 'NONE';
  if (values === null || !Number.isFinite(values.canary) || !Number.isFinite(values.stable)) return 'NO_DATA';
  return values.canary > values.stable * (1 + increase) ? 'FAIL' : 'PASS';
}

/** A pause gate pauses when it fails and lets go after ten clean minutes. While the source is down, no minute is clean. */
export function trackPause(gate: GatePolicy, own: GateState, verdict: GateReading, ms: number): void {
  if (gate.onBreach !== 'pause') return;
  if (verdict === 'FAIL') {
    own.isPausing = true;
    own.cleanMs = 0;
  } else if (own.isPausing && verdict !== 'NONE') {
    own.cleanMs += ms;
    if (own.cleanMs >= cleanToResumeMs) own.isPausing = false;
  }
  own.pausedMs = own.isPausing ? own.pausedMs + ms : 0;
}
