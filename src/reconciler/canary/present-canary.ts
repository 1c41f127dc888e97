// A canary in answers. Times are RFC 3339 and milliseconds, weights per cent.
import type { GateReport } from '../../analysis/look.ts';
import type { CanaryView } from './canary-keeper.ts';
import { canaryId } from './canary-store.ts';

export interface CanaryStatus {
  readonly environment: string;
  readonly of: string;
  /** The name of the log of its counts; `null` when no canary runs. */
  readonly id: string | null;
  readonly release: string | null;
  readonly stable: string | null;
  /** Per cent of the calls that it gets now. */
  readonly weight: number;
  /** The first is 1; 0 when no canary runs. */
  readonly step: number;
  readonly steps: number;
  readonly state: 'none' | 'warming' | 'running' | 'paused' | 'undecided' | 'passed';
  readonly since: string | null;
  /** Milliseconds of counted time in the current step. */
  readonly counted: number;
  readonly verdict: string;
  readonly sentence: string;
  readonly gates: readonly PresentedGate[];
  /** What a reader of the counts must know; absent where there is nothing. */
  readonly note?: string;
}

interface PresentedGate extends Omit<GateReport, 'isWeak' | 'isBelowObjective'> {
  readonly weak?: true;
}

export function presentCanary({ plan, state, analysis }: CanaryView): CanaryStatus {
  const { environment, of, weights } = plan;
  const note = plan.hasOtherHubs && plan.source?.kind === 'hub' ? { note: ownCalls } : {};
  const base = { environment, of, steps: weights.length, ...note };
  const nothing = {
    id: null,
    release: null,
    stable: null,
    weight: 0,
    step: 0,
    state: 'none',
    since: null,
    counted: 0,
    verdict: 'NONE',
    gates: [],
  } as const;
  if (state.kind === 'none') {
    const { ended } = state;
    const sentence =
      ended === undefined
        ? 'No canary runs.'
        : `No canary runs. The last one, of ${ended.content.release}, ${endings[ended.outcome]}.`;
    return { ...base, ...nothing, sentence };
  }
  const { canary } = state;
  if (state.kind === 'returning') {
    const sentence = `The canary of ${canary.content.release} is over, and its pointer goes back. ${state.decision.sentence}`;
    return { ...base, ...nothing, sentence };
  }
  const { phase, held } = state;
  const report = analysis?.report;
  return {
    ...base,
    id: canaryId(canary),
    release: canary.content.release,
    stable: canary.stable.release,
    weight: weights[canary.step] ?? 0,
    step: canary.step + 1,
    state: phase,
    since: new Date(canary.since).toISOString(),
    counted: analysis?.state.countedMs ?? 0,
    verdict: phase === 'passed' ? 'PASS' : (report?.verdict ?? 'INCONCLUSIVE'),
    sentence: held?.reason ?? report?.sentence ?? unjudged(plan.policy !== undefined),
    gates: (report?.gates ?? []).map(presentGate),
  };
}

const ownCalls =
  'Several Hubs serve this environment. Each one sees and judges only the calls that it answered.';

const endings = {
  passed: 'passed and is served',
  failed: 'failed',
  aborted: 'was aborted',
  superseded: 'was replaced by another pointer commit',
} as const;

function unjudged(isAnalysed: boolean): string {
  return isAnalysed ? 'The canary has just begun.' : 'Nothing analyses this canary: a person promotes it.';
}

function presentGate(report: GateReport): PresentedGate {
  const { name, verdict, sentence, action, dryRun, canary, stable, smallestEffect, isWeak } = report;
  const gate = { name, verdict, sentence, action, dryRun, canary, stable, smallestEffect };
  return isWeak ? { ...gate, weak: true } : gate;
}
