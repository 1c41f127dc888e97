// One look at a canary: adds what was counted, runs every gate's test, and decides what to do. It depends on its
// arguments alone, so the controller, a replay, the simulation and the benchmark get the same verdicts from the same
// samples.
//
// What a look can decide: go on; pause (a pause gate fails); begin the next step; pass; undecided (at `maximum`);
// roll back (a rollback gate fails, or no data at `maximum`).
import type { GatePolicy, OnBreach } from '../model/pipeline/canary.ts';
import type { AnalysisPolicy } from './policy.ts';
import { readGate, settle, trackPause } from './read-gate.ts';
import type { ArmReading, Reading, GateReading } from './reading.ts';
import type { Sample } from './sample.ts';
import { addSample, beginNextStep, type AnalysisState } from './state.ts';

export interface GateReport {
  readonly name: string;
  readonly verdict: GateReading;
  readonly sentence: string;
  readonly action: OnBreach;
  readonly dryRun: boolean;
  readonly isWeak: boolean;
  /** The environment itself does not meet the objective of the gate; a person should know. */
  readonly isBelowObjective?: true;
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

const noDataWindowMs = 300_000;
const fewestCalls = 20;
const longestPauseMs = 3_600_000;

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
  const countedBefore = state.countedMs;
  const ms = addSample(policy, state, sample);
  const hasData = hasEnoughCalls(state);
  // At the first look with too few calls, the state has lasted for the five minutes that were counted.
  state.noDataMs = hasData ? 0 : state.noDataMs === 0 ? noDataWindowMs : state.noDataMs + ms;
  const { reports, blocksPass } = readGates(policy, state, { hasData, ms });
  const acting = policy.gates.filter(({ dryRun }) => !dryRun);
  const isPaused = acting.some(({ name, onBreach }) => onBreach === 'pause' && state.gates[name]?.isPausing);
  if (!isPaused && heldBecause === null) {
    const isOpen = !state.isSourceUp || (state.isWarm && state.countedMs > 0);
    state.progressMs += state.countedMs - countedBefore;
    state.openMs += isOpen ? ms : 0;
  }
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
  if (outcome.decision.do === 'pass') state.concluded = 'passed';
  else if (outcome.decision.do === 'undecided' && isOver(policy, state)) state.concluded ??= 'undecided';
  return { at: sample.at, ...outcome, noDataMs: state.noDataMs, gates: reports };
}

/** Fewer than 20 counted calls in five minutes are not data. Before five minutes, or without the source, nobody can tell. */
function hasEnoughCalls({ isSourceUp, recentCalls }: AnalysisState): boolean {
  const sumOf = (key: 'ms' | 'calls'): number => recentCalls.reduce((sum, one) => sum + one[key], 0);
  return !isSourceUp || sumOf('ms') < noDataWindowMs || sumOf('calls') >= fewestCalls;
}

/** Whether the maximum of the last step is over. */
function isOver(policy: AnalysisPolicy, { step, openMs }: AnalysisState): boolean {
  return step >= policy.steps.length - 1 && openMs >= policy.maximumMs;
}

/** In the order of the policy. The errors gates come first: what they find decides about a weak pass of availability. */
function readGates(
  policy: AnalysisPolicy,
  state: AnalysisState,
  { hasData, ms }: { readonly hasData: boolean; readonly ms: number },
): { readonly reports: readonly GateReport[]; readonly blocksPass: boolean } {
  const { gates } = policy;
  const isErrors = ({ test }: GatePolicy): boolean => test.kind === 'errorRate';
  const found = new Map<string, GateReport>();
  const errors = gates.find(isErrors)?.name ?? '';
  let blocksPass = false;
  for (const gate of [...gates.filter(isErrors), ...gates.filter((one) => !isErrors(one))]) {
    const own = state.gates[gate.name];
    if (own === undefined) throw new Error(`the state has no gate ${gate.name}`);
    const hasErrorsPassed = found.get(errors)?.verdict === 'PASS';
    const reading = readGate(policy, state, { gate, own, hasErrorsPassed });
    const verdict = settle(state, gate, own, reading, hasData);
    trackPause(gate, own, verdict, ms);
    blocksPass ||= reading.blocksPass && !gate.dryRun && gate.onBreach === 'pause';
    found.set(gate.name, reportOf(gate, verdict, reading));
  }
  return { reports: gates.flatMap(({ name }) => found.get(name) ?? []), blocksPass };
}

function reportOf(gate: GatePolicy, verdict: GateReading, reading: Reading): GateReport {
  const { isWeak, canary, stable, smallestEffect, sentence } = reading;
  const rest = { isWeak: isWeak && verdict === 'PASS', canary, stable, smallestEffect, sentence };
  const below =
    reading.isBelowObjective && verdict === 'INCONCLUSIVE' ? { isBelowObjective: true as const } : {};
  return { name: gate.name, verdict, action: gate.onBreach, dryRun: gate.dryRun, ...rest, ...below };
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
  if (!hasData && state.concluded === null && state.stepElapsedMs >= policy.maximumMs) {
    return concludeWithoutData(policy, state);
  }
  if (isPaused) return concludePaused(state, acting, facts.heldBecause);
  if (!isLast) {
    if (state.progressMs >= (step?.forMs ?? 0)) {
      const said = 'The step is over and no gate fails';
      return facts.mayStep
        ? running('INCONCLUSIVE', `${said}.`, { do: 'step' })
        : running('INCONCLUSIVE', `${said}. The next step must wait.`, { do: 'go-on' });
    }
    return goOn(state, hasData);
  }
  const allPass = rollbacks.every(({ name }) => verdictOf(name) === 'PASS');
  if (allPass && !facts.blocksPass && state.progressMs >= policy.minimumMs) {
    return { ...running('PASS', describePass(reports), { do: 'pass' }), state: 'passed' };
  }
  if (isOver(policy, state) && state.concluded !== 'passed') {
    const sentence = 'The maximum time is over without a verdict. A person must decide.';
    return { ...running('INCONCLUSIVE', sentence, { do: 'undecided' }), state: 'undecided' };
  }
  return goOn(state, hasData);
}

function describePass(reports: readonly GateReport[]): string {
  const weak = reports.filter(({ isWeak, dryRun }) => isWeak && !dryRun).map(({ name }) => name);
  const said = 'Every rollback gate passes and no pause gate fails.';
  if (weak.length === 0) return said;
  return `${said} Gate ${weak.join(', ')} passes with weak: true: the calls are too few to prove it, and at most one failed.`;
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
