// The effect of a look at the counts on a running canary. Pure.
import type { GateReport, LookReport } from '../../analysis/look.ts';
import { verdictReasons } from '../../model/pipeline/canary.ts';
import { evidenceOf } from './canary-evidence.ts';
import type { CanaryPhase, CanaryState } from './canary-state.ts';
import { returnWith, tell, type CanaryTold, type NextCanary } from './canary-step.ts';

/** From here on somebody should be alerted. */
const longWithoutDataMs = 900_000;

type Running = Extract<CanaryState, { kind: 'running' }>;

export function concludeLook(
  place: { readonly now: number; readonly isLeader: boolean },
  state: Running,
  report: LookReport,
): NextCanary {
  const { now, isLeader } = place;
  const { decision, sentence } = report;
  const evidence = evidenceOf(report);
  // Any Hub ends a canary that fails. That too few calls come, only the one that acts can tell: another may get none at all.
  if (decision.do === 'roll-back' && (decision.gate !== null || isLeader)) {
    const cause = decision.gate === null ? 'no-data' : 'failed';
    return returnWith(state.canary, now, { cause, sentence, gate: decision.gate ?? undefined, evidence });
  }
  const canary = decision.do === 'step' ? { ...state.canary, step: state.canary.step + 1 } : state.canary;
  const phase = phaseAfter(state.phase, report, isLeader);
  const said = { sentence, evidence };
  const told: CanaryTold[] = [];
  // Other Hubs follow the number.
  if (decision.do === 'step')
    told.push(tell('canary-step', canary, { ...said, reason: String(canary.step + 1), since: now }));
  // A pass stays until a gate fails: production may be promoted meanwhile. Told once, also where another Hub acts by then.
  if (phase === 'passed' && state.phase !== 'passed') told.push(tell('canary-passed', canary, said));
  if (phase === 'paused' && state.phase !== 'paused')
    told.push(tell('canary-paused', canary, { ...said, since: now }));
  if (state.phase === 'paused' && phase !== 'paused')
    told.push(tell('canary-resumed', canary, { ...said, since: now }));
  const next = { ...state, canary, phase };
  const alerts = newAlerts(state, report);
  if (alerts.length > 0) {
    // One event of a word for each moment: that the verdict is another one is told at the next look.
    const because = alerts.map(({ name, sentence: why }) => `Gate ${name}: ${why}`).join(' ');
    const alert = {
      sentence: because,
      evidence: evidenceOf({ gates: alerts }),
      reason: verdictReasons.alert,
    };
    told.push(tell('canary-verdict', canary, { ...alert, since: now }));
    const alerted = [...(state.alerted ?? []), ...alerts.map(({ name }) => name)];
    return { state: { ...next, alerted }, told };
  }
  const word = wordOf(phase, report);
  if (word !== state.verdict && phase !== 'passed')
    told.push(tell('canary-verdict', canary, { ...said, reason: word, since: now }));
  return { state: { ...next, verdict: word }, told };
}

/** Gates that a person should look at although nothing else follows from them; each once in a canary. */
function newAlerts({ alerted = [] }: Running, { gates }: LookReport): readonly GateReport[] {
  return gates.filter(({ name, action, verdict, dryRun, isBelowObjective }) => {
    const isAlert = isBelowObjective === true || (action === 'alert' && verdict === 'FAIL');
    return isAlert && !dryRun && !alerted.includes(name);
  });
}

function wordOf(phase: CanaryPhase, { verdict, noDataMs }: LookReport): string {
  if (phase === 'undecided') return verdictReasons.undecided;
  if (phase === 'passed') return 'PASS';
  return verdict === 'NO_DATA' && noDataMs >= longWithoutDataMs ? verdictReasons.noDataLong : verdict;
}

function phaseAfter(before: CanaryPhase, { decision, state }: LookReport, isLeader: boolean): CanaryPhase {
  if (decision.do === 'pass') return isLeader ? 'passed' : before === 'passed' ? 'passed' : 'running';
  if (state === 'paused' || state === 'undecided') return state;
  if (before === 'passed') return 'passed';
  return state === 'warming' ? 'warming' : 'running';
}
