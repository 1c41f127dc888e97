// One look at a canary: adds what was counted, runs every gate's test, and decides what to do. It depends on its
// arguments alone, so the controller, a replay, the simulation and the benchmark get the same verdicts from the same
// samples.
//
// What a look can decide: go on; pause (a pause gate fails); begin the next step; pass; undecided (at `maximum`);
// roll back (a rollback gate fails, or no data at `maximum`).
import { testLatency } from './latency-test.ts';
import type { GatePolicy, OnBreach } from '../model/pipeline/canary.ts';
import type { AnalysisPolicy } from './policy.ts';
import { testAvailability, testRate } from './rate-test.ts';
import { noReading, type ArmReading, type Reading, type GateReading } from './reading.ts';
import type { Sample } from './sample.ts';
import { addSample, beginNextStep, type AnalysisState, type GateState } from './state.ts';

export interface GateReport {
  readonly name: string;
  readonly verdict: GateReading;
  readonly sentence: string;
  readonly action: OnBreach;
  readonly dryRun: boolean;
  readonly isWeak: boolean;
  readonly canary: ArmReading | null;
  readonly stable: ArmReading | null;
  readonly smallestEffect: number | null;
}

export type LookDecision =
  | { readonly do: 'go-on' }
  | { readonly do: 'step' }
  | { readonly do: 'pass' }
  | { readonly do: 'undecided' }
  | { readonly do: 'roll-back'; readonly gate: string | null };

export interface LookReport {
  readonly at: number;
  readonly state: 'warming' | 'running' | 'paused' | 'undecided' | 'passed' | 'failed';
  readonly verdict: GateReading;
  readonly sentence: string;
  readonly decision: LookDecision;
  /** How long the canary has had too few calls, in milliseconds; 0 when it has enough. */
  readonly noDataMs: number;
  readonly gates: readonly GateReport[];
}

/** A breach must show at this many looks in a row. */
const persistentLooks = 2;
const noDataWindowMs = 300_000;
const fewestCalls = 20;
const cleanToResumeMs = 600_000;
const longestPauseMs = 3_600_000;
const fewestProbes = 10;

export interface StepConstraint {
  /** Why the canary is paused although no gate pauses it; `null` when it is not. */
  readonly heldBecause: string | null;
  /** Whether the next step may begin. */
  readonly mayStep: boolean;
  /**
   * Index of the canary's current weight, because another Hub may have begun it. `undefined` when it is that of the
   * last look.
   */
  readonly step?: number;
}

const unconstrained: StepConstraint = { heldBecause: null, mayStep: true };

/** Adds the sample to `state`, in place, and reports. */
export function look(
  policy: AnalysisPolicy,
  state: AnalysisState,
  sample: Sample,
  { heldBecause, mayStep, step = 0 }: StepConstraint = unconstrained,
): LookReport {
  while (state.step < Math.min(step, policy.steps.length - 1)) beginNextStep(state);
  const ms = addSample(policy, state, sample);
  const hasData = hasEnoughCalls(state);
  // At the first look with too few calls, the state has lasted for the five minutes that were counted.
  state.noDataMs = hasData ? 0 : state.noDataMs === 0 ? noDataWindowMs : state.noDataMs + ms;
  const reports: GateReport[] = [];
  let blocksPass = false;
  for (const gate of policy.gates) {
    const own = state.gates[gate.name];
    if (own === undefined) throw new Error(`the state has no gate ${gate.name}`);
    const reading = readGate(policy, state, gate, own, reports);
    const verdict = settle(state, gate, own, reading, hasData);
    trackPause(gate, own, verdict === 'FAIL', ms);
    blocksPass ||= reading.blocksPass && !gate.dryRun && gate.onBreach === 'pause';
    reports.push(reportOf(gate, verdict, reading));
  }
  const acting = policy.gates.filter(({ dryRun }) => !dryRun);
  const isPaused = acting.some(({ name, onBreach }) => onBreach === 'pause' && state.gates[name]?.isPausing);
  if (state.isWarm && !isPaused && heldBecause === null) state.progressMs += state.countedMs === 0 ? 0 : ms;
  const outcome = decide(policy, state, {
    acting,
    reports,
    blocksPass,
    hasData,
    isPaused: isPaused || heldBecause !== null,
    heldBecause,
    mayStep,
  });
  if (outcome.decision.do === 'step') beginNextStep(state);
  state.hasPassed = outcome.decision.do === 'pass';
  return { at: sample.at, ...outcome, noDataMs: state.noDataMs, gates: reports };
}

/** Fewer than 20 counted calls in five minutes are no data. Before five minutes have passed, there are enough. */
function hasEnoughCalls(state: AnalysisState): boolean {
  if (state.elapsedMs < noDataWindowMs) return true;
  return state.recentCalls.reduce((sum, { calls }) => sum + calls, 0) >= fewestCalls;
}

function readGate(
  policy: AnalysisPolicy,
  state: AnalysisState,
  { test }: GatePolicy,
  own: GateState,
  before: readonly GateReport[],
): Reading {
  switch (test.kind) {
    case 'errorRate':
      return testRate(policy, state, 'errors', test.increase);
    case 'refusalRate':
      return testRate(policy, state, 'refusals', test.increase);
    case 'latency':
      return testLatency(policy, state, test);
    case 'availability':
      return testAvailability(policy, state, test.atLeast, hasErrorsPassed(policy, before));
    case 'health':
      return readHealth(own, test.forMs);
    case 'metric':
      return { ...noReading, sentence: 'Compared by the metric source.' };
  }
}

function hasErrorsPassed(policy: AnalysisPolicy, before: readonly GateReport[]): boolean {
  const gate = policy.gates.find(({ test }) => test.kind === 'errorRate');
  return before.some(({ name, verdict }) => name === gate?.name && verdict === 'PASS');
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
function settle(
  state: AnalysisState,
  { name, test }: GatePolicy,
  own: GateState,
  reading: Reading,
  hasData: boolean,
): GateReading {
  if (test.kind === 'health') {
    if (own.lastProbe === 'both-failed') return 'NONE';
  } else if (!state.isSourceUp) return 'NONE';
  if (test.kind === 'metric') return settleMetric(state.metrics[name] ?? null, test.increase);
  own.failingLooks = reading.isBreached ? own.failingLooks + 1 : 0;
  if (reading.isBreached && (reading.isCertain || own.failingLooks >= persistentLooks)) return 'FAIL';
  if (test.kind !== 'health' && !hasData) return 'NO_DATA';
  return reading.isPassed && !reading.isBreached ? 'PASS' : 'INCONCLUSIVE';
}

function settleMetric(values: { canary: number; stable: number } | null, increase: number): GateReading {
  if (values === null) return 'NONE';
  if (!Number.isFinite(values.canary) || !Number.isFinite(values.stable)) return 'NO_DATA';
  return values.canary > values.stable * (1 + increase) ? 'FAIL' : 'PASS';
}

/** A pause gate pauses when it fails, and stops pausing after ten clean minutes. */
function trackPause(gate: GatePolicy, own: GateState, isFailing: boolean, ms: number): void {
  if (gate.onBreach !== 'pause') return;
  if (isFailing) {
    own.isPausing = true;
    own.cleanMs = 0;
  } else if (own.isPausing) {
    own.cleanMs += ms;
    if (own.cleanMs >= cleanToResumeMs) own.isPausing = false;
  }
  own.pausedMs = own.isPausing ? own.pausedMs + ms : 0;
}

function reportOf(gate: GatePolicy, verdict: GateReading, reading: Reading): GateReport {
  const { isWeak, canary, stable, smallestEffect, sentence } = reading;
  const rest = { isWeak: isWeak && verdict === 'PASS', canary, stable, smallestEffect, sentence };
  return { name: gate.name, verdict, action: gate.onBreach, dryRun: gate.dryRun, ...rest };
}

interface Facts {
  readonly acting: readonly GatePolicy[];
  readonly reports: readonly GateReport[];
  readonly blocksPass: boolean;
  readonly hasData: boolean;
  readonly isPaused: boolean;
  readonly heldBecause: string | null;
  readonly mayStep: boolean;
}

type Outcome = Pick<LookReport, 'state' | 'verdict' | 'sentence' | 'decision'>;

function decide(policy: AnalysisPolicy, state: AnalysisState, facts: Facts): Outcome {
  const { acting, reports, hasData, isPaused } = facts;
  const verdictOf = (name: string) => reports.find((report) => report.name === name)?.verdict ?? 'NONE';
  const rollbacks = acting.filter(({ onBreach }) => onBreach === 'rollback');
  const failed = rollbacks.find(({ name }) => verdictOf(name) === 'FAIL');
  if (failed !== undefined) {
    const sentence = reports.find(({ name }) => name === failed.name)?.sentence ?? '';
    const decision = { do: 'roll-back', gate: failed.name } as const;
    return {
      state: 'failed',
      verdict: 'FAIL',
      sentence: `Gate ${failed.name} failed. ${sentence}`,
      decision,
    };
  }
  const step = policy.steps[state.step];
  const isLast = state.step >= policy.steps.length - 1;
  if (!hasData && state.stepElapsedMs >= (isLast ? policy.maximumMs : (step?.forMs ?? 0))) {
    return concludeWithoutData(policy, state);
  }
  if (isPaused) return concludePaused(state, acting, facts.heldBecause);
  if (!isLast) {
    if (state.progressMs >= (step?.forMs ?? 0)) {
      const isOver = 'The step is over and no gate fails';
      return facts.mayStep
        ? running('INCONCLUSIVE', `${isOver}.`, { do: 'step' })
        : running('INCONCLUSIVE', `${isOver}. The next step must wait.`, { do: 'go-on' });
    }
    return goOn(state, hasData);
  }
  const allPass = rollbacks.every(({ name }) => verdictOf(name) === 'PASS');
  if (allPass && !facts.blocksPass && state.progressMs >= policy.minimumMs) {
    return {
      ...running('PASS', 'Every rollback gate passes and no pause gate fails.', { do: 'pass' }),
      state: 'passed',
    };
  }
  if (state.progressMs >= policy.maximumMs) {
    const sentence = 'The maximum time is over without a verdict. A person must decide.';
    return { ...running('INCONCLUSIVE', sentence, { do: 'undecided' }), state: 'undecided' };
  }
  return goOn(state, hasData);
}

function running(verdict: GateReading, sentence: string, decision: LookDecision): Outcome {
  return { state: 'running', verdict, sentence, decision };
}

function goOn(state: AnalysisState, hasData: boolean): Outcome {
  if (!hasData) {
    const minutes = Math.round(state.elapsedMs / 60_000);
    const sentence = `Too few calls reach the canary: fewer than ${fewestCalls} in five minutes, ${minutes} minutes after its start.`;
    return { ...running('NO_DATA', sentence, { do: 'go-on' }), state: state.isWarm ? 'running' : 'warming' };
  }
  if (!state.isSourceUp) return running('NONE', 'The source of the counts does not answer.', { do: 'go-on' });
  if (!state.isWarm) {
    return {
      ...running('INCONCLUSIVE', 'Both releases are warming up; no call counts yet.', { do: 'go-on' }),
      state: 'warming',
    };
  }
  return running('INCONCLUSIVE', 'There is not enough evidence yet.', { do: 'go-on' });
}

function concludePaused(
  state: AnalysisState,
  acting: readonly GatePolicy[],
  heldBecause: string | null,
): Outcome {
  const gate = acting.find(({ name }) => state.gates[name]?.isPausing);
  const pausedMs = gate === undefined ? 0 : (state.gates[gate.name]?.pausedMs ?? 0);
  if (pausedMs >= longestPauseMs) {
    const sentence = `Gate ${gate?.name ?? ''} has paused the canary for an hour. A person must decide.`;
    return { state: 'undecided', verdict: 'INCONCLUSIVE', sentence, decision: { do: 'undecided' } };
  }
  const sentence = gate === undefined ? (heldBecause ?? '') : `Gate ${gate.name} pauses the canary.`;
  return { state: 'paused', verdict: 'INCONCLUSIVE', sentence, decision: { do: 'go-on' } };
}

function concludeWithoutData(policy: AnalysisPolicy, state: AnalysisState): Outcome {
  const sentence = `Too few calls reached the canary for ${Math.round(state.stepElapsedMs / 60_000)} minutes.`;
  if (policy.onNoData === 'rollback') {
    return { state: 'failed', verdict: 'NO_DATA', sentence, decision: { do: 'roll-back', gate: null } };
  }
  return { state: 'undecided', verdict: 'NO_DATA', sentence, decision: { do: 'undecided' } };
}
