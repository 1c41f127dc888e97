// One step of an environment: its state before and after, and why. Log lines, metrics and the waking of other
// environments are derived from it.
import type { EnvironmentState, StateEvent } from './environment-state.ts';
import type { StopReason } from './reasons.ts';

export interface Transition {
  readonly environment: string;
  readonly from: EnvironmentState;
  readonly to: EnvironmentState;
  readonly reason: TransitionReason;
  /** The commit that it is about: of the target or of the served release; `undefined` when none exists yet. */
  readonly revision: string | undefined;
  /** RFC 3339. */
  readonly at: string;
  readonly event: StateEvent;
}

export type TransitionReason =
  | 'Reconciling'
  | 'PointerRead'
  | 'Activated'
  | 'Verified'
  | 'SwappedBack'
  | 'Judged'
  | 'Resumed'
  | 'ServedFromDisk'
  | 'Serving'
  | StopReason
  | 'Fits'
  | 'NoLongerFits'
  | 'NotChecked'
  | 'Recorded'
  | 'NotRecorded'
  | 'RecordCorrupt'
  | 'FileCompared'
  | 'VetoCompared'
  | 'DebtCompared'
  | 'InitCompared';

const driftReasons = { unknown: 'NotChecked', fits: 'Fits', drifted: 'NoLongerFits' } as const;
const recordReasons = {
  ok: 'Recorded',
  'not-recorded': 'NotRecorded',
  corrupt: 'RecordCorrupt',
} as const;

export function reasonOf(event: StateEvent): TransitionReason {
  switch (event.kind) {
    case 'aimed':
      return 'Reconciling';
    case 'desired':
      return 'PointerRead';
    case 'activated':
      return 'Activated';
    case 'verified':
    case 'smoked':
      return 'Verified';
    case 'undone':
      return 'SwappedBack';
    case 'judged':
      return 'Judged';
    case 'resumed':
      return 'Resumed';
    case 'restored':
      return 'ServedFromDisk';
    case 'ended':
      return event.unfinished?.reason ?? 'Serving';
    case 'compared':
      return driftReasons[event.drift.kind];
    case 'away':
      return 'DatabaseUnavailable';
    case 'recorded':
      return recordReasons[event.record.kind];
    case 'looked-at-file':
      return 'FileCompared';
    case 'looked-at-veto':
      return 'VetoCompared';
    case 'looked-at-debt':
      return 'DebtCompared';
    case 'looked-at-init':
      return 'InitCompared';
  }
}

/** Of the target for a reconcile, otherwise of the served release. */
export function revisionOf(event: StateEvent, { target, arms }: EnvironmentState): string | undefined {
  if ('target' in event) return event.target.revision;
  if ('revision' in event) return event.revision;
  return event.kind === 'desired' ? target?.revision : arms?.stable.revision;
}
