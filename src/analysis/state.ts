// Everything that an analysis remembers between looks: counts of both arms in three scopes, and how long each gate has
// failed. Plain JSON of constant size: it is stored at each look, so a restart does not change the verdicts.
import { blockMs, type AnalysisPolicy } from './policy.ts';
import type { ArmSample, Sample } from './sample.ts';
import { addInterval, emptyTally, type Tally } from './tally.ts';

export interface ArmTallies {
  canary: Tally;
  stable: Tally;
}

export interface GateState {
  /** Looks in a row at which the test failed. */
  failingLooks: number;
  /** Whether a `pause` gate holds the canary back. */
  isPausing: boolean;
  /** Time since the pausing gate's test last failed. */
  cleanMs: number;
  /** How long the gate has paused the canary without a break. */
  pausedMs: number;
  /** `health`: how long the canary's probe has failed while stable's succeeded. */
  unhealthyMs: number;
  probes: number;
  lastProbe: 'none' | 'both-failed' | 'failed' | 'succeeded';
}

interface Recent {
  ms: number;
  canary: { calls: number; errors: number; refusals: number };
  stable: { calls: number; errors: number; refusals: number };
}

export interface AnalysisState {
  /** Index of the current weight. */
  step: number;
  /** Since the canary began, and since the present step began; monotonic, at most 20 s a look. */
  elapsedMs: number;
  stepElapsedMs: number;
  /** Calls of each arm before both were warm. */
  warmUp: { canary: number; stable: number };
  isWarm: boolean;
  /** Counted time of the current step, and the part of it in which nothing paused the canary. */
  countedMs: number;
  progressMs: number;
  /** The time of the present step in which nothing paused the canary, also while the source of the counts was down. */
  openMs: number;
  blockMs: number;
  /** `all` includes the warm-up; it is used only when the canary fails as a whole. */
  scopes: { all: ArmTallies; step: ArmTallies; block: ArmTallies };
  /** The last five counted minutes. */
  recent: Recent[];
  /** Counted calls of the canary by look, for the last five minutes. */
  recentCalls: { ms: number; calls: number }[];
  /** How many of the canary's calls failed in a row, up to now. */
  streak: number;
  gates: Record<string, GateState>;
  metrics: Sample['metrics'];
  isSourceUp: boolean;
  /** How long too few calls have reached the canary; 0 when enough do. */
  noDataMs: number;
  /** It passed, or the maximum is over: too few calls change nothing any more. A pass stays until a gate fails. */
  concluded: 'passed' | 'undecided' | null;
}

/** A stop of the process, or a clock that jumps, counts as at most this time. */
const longestLookMs = 20_000;
const recentMs = 300_000;

const emptyArms = (): ArmTallies => ({ canary: emptyTally(), stable: emptyTally() });

export function startState(policy: AnalysisPolicy): AnalysisState {
  const gates: AnalysisState['gates'] = {};
  for (const gate of policy.gates) {
    gates[gate.name] = {
      failingLooks: 0,
      isPausing: false,
      cleanMs: 0,
      pausedMs: 0,
      unhealthyMs: 0,
      probes: 0,
      lastProbe: 'none',
    };
  }
  return {
    step: 0,
    elapsedMs: 0,
    stepElapsedMs: 0,
    warmUp: { canary: 0, stable: 0 },
    isWarm: false,
    countedMs: 0,
    progressMs: 0,
    openMs: 0,
    blockMs: 0,
    scopes: { all: emptyArms(), step: emptyArms(), block: emptyArms() },
    recent: [],
    recentCalls: [],
    streak: 0,
    gates,
    metrics: {},
    isSourceUp: true,
    noDataMs: 0,
    concluded: null,
  };
}

/** Begins the next weight: both arms count from zero. */
export function beginNextStep(state: AnalysisState): void {
  state.step += 1;
  state.stepElapsedMs = 0;
  state.countedMs = 0;
  state.progressMs = 0;
  state.openMs = 0;
  state.blockMs = 0;
  state.scopes = { all: emptyArms(), step: emptyArms(), block: emptyArms() };
  state.recent = [];
  for (const gate of Object.values(state.gates)) gate.failingLooks = 0;
}

/** Adds a sample in place. Returns the milliseconds that the look counts for. */
export function addSample(policy: AnalysisPolicy, state: AnalysisState, sample: Sample): number {
  const ms = Math.min(longestLookMs, Math.max(0, sample.elapsedMs));
  state.elapsedMs += ms;
  state.stepElapsedMs += ms;
  state.isSourceUp = sample.isSourceUp;
  state.metrics = sample.metrics;
  addProbes(state, sample, ms);
  if (!sample.isSourceUp) return ms;
  addTo(state.scopes.all, sample);
  const { calls, trailingErrors } = sample.canary;
  state.streak = trailingErrors >= calls ? state.streak + calls : trailingErrors;
  // The interval in which both arms become warm is not counted.
  const counts = state.isWarm;
  if (counts) count(state, sample, ms);
  else warmUp(policy, state, sample);
  keepRecent(state.recentCalls, { ms, calls: counts ? calls : 0 });
  return ms;
}

function warmUp(policy: AnalysisPolicy, state: AnalysisState, sample: Sample): void {
  state.warmUp.canary += sample.canary.calls;
  state.warmUp.stable += sample.stable.calls;
  const fewest = Math.min(state.warmUp.canary, state.warmUp.stable);
  state.isWarm = state.elapsedMs >= policy.warmUp.ms && fewest >= policy.warmUp.requests;
}

function count(state: AnalysisState, sample: Sample, ms: number): void {
  if (state.blockMs >= blockMs) {
    state.scopes.block = emptyArms();
    state.blockMs = 0;
  }
  state.countedMs += ms;
  state.blockMs += ms;
  addTo(state.scopes.step, sample);
  addTo(state.scopes.block, sample);
  keepRecent(state.recent, { ms, canary: figures(sample.canary), stable: figures(sample.stable) });
}

const figures = ({ calls, errors, refusals }: ArmSample) => ({ calls, errors, refusals });

function addTo(arms: ArmTallies, sample: Sample): void {
  addInterval(arms.canary, sample.canary);
  addInterval(arms.stable, sample.stable);
}

/** Keeps the newest entries that cover five minutes. */
function keepRecent<T extends { ms: number }>(entries: T[], entry: T): void {
  entries.push(entry);
  let ms = 0;
  let first = entries.length;
  while (first > 0 && ms < recentMs) {
    first -= 1;
    ms += entries[first]?.ms ?? 0;
  }
  entries.splice(0, first);
}

function addProbes(state: AnalysisState, sample: Sample, ms: number): void {
  if (sample.probes === null) return;
  const { canary, stable } = sample.probes;
  for (const gate of Object.values(state.gates)) {
    if (!stable && !canary) {
      gate.lastProbe = 'both-failed';
      continue;
    }
    gate.probes += 1;
    gate.lastProbe = canary ? 'succeeded' : 'failed';
    gate.unhealthyMs = canary ? 0 : gate.unhealthyMs + ms;
  }
}
