// Automatic promotion in answers: its settings, the next decision, what would happen now and why, and what happened
// last.
import type { AutoChoice, AutoSettings } from '../../model/pipeline/auto.ts';
import type { JournalledAttempt } from './auto-journal.ts';
import type { AutoDecision } from './decide-auto.ts';
import type { Moments } from './moments.ts';

/** Times are RFC 3339. */
export interface AutoStatus {
  readonly environment: string;
  readonly when: 'gates' | 'schedule';
  readonly schedule: { readonly cron: string; readonly timeZone: string } | null;
  /** `served`, `newest` or the range. */
  readonly choose: string;
  /** The next moment of the schedule; `null` when none exists, or it decides continuously. */
  readonly next: string | null;
  /** What would happen now. */
  readonly would: AutoDecision['do'];
  readonly release: string | null;
  /** The environment whose release it takes. */
  readonly source: string | null;
  readonly sentence: string;
  /** False when another Hub holds the environment's lock and acts. */
  readonly acts: boolean;
  /** The results of past moments, the newest first. */
  readonly attempts: readonly PastAttempt[];
}

export interface PastAttempt {
  readonly moment: string;
  readonly at: string;
  readonly did: JournalledAttempt['did'];
  readonly release: string | null;
  readonly sentence: string;
}

export interface AutoView {
  readonly environment: string;
  readonly settings: AutoSettings;
  /** `undefined` when there is no schedule. */
  readonly moments: Moments | undefined;
  readonly decision: AutoDecision;
  readonly attempts: readonly JournalledAttempt[];
  readonly isActing: boolean;
}

export function presentAuto(view: AutoView): AutoStatus {
  const { environment, settings, moments, decision, attempts, isActing } = view;
  const { schedule, choose } = settings;
  // A moment that has come without being dealt with is the next one.
  const next = moments?.due ?? moments?.next;
  return {
    environment,
    when: schedule === undefined ? 'gates' : 'schedule',
    schedule: schedule === undefined ? null : { cron: schedule.cron, timeZone: schedule.timeZone },
    choose: describeChoice(choose),
    next: next === undefined ? null : timeOf(next),
    would: decision.do,
    release: decision.do === 'nothing' ? null : (decision.release ?? null),
    source: decision.do === 'promote' ? (decision.source ?? null) : null,
    sentence: decision.do === 'promote' ? `Every gate passed for ${decision.release}.` : decision.why,
    acts: isActing,
    attempts: attempts
      .toReversed()
      .map(({ moment, at, ...rest }) => ({ moment: timeOf(moment), at: timeOf(at), ...rest })),
  };
}

function describeChoice(choose: AutoChoice): string {
  return choose.kind === 'semver' ? choose.range : choose.kind;
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}
