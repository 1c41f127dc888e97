// What is known of one environment, and how an event changes it. Pure. The store beside it applies events; conditions, log
// lines and metrics are derived from the states before and after (docs/status.md explains the reasons).
import type { Finding } from '../../model/finding.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { ActiveRelease, Arms } from '../../serving/serving-table.ts';
import type { SmokeReport } from '../../smoke/run-smoke.ts';
import type { Decision } from '../admission/admission-desk.ts';
import type { HotfixDebt } from '../admission/read-debt.ts';
import type { Target, Unfinished } from '../stages/stage.ts';
import type { ServedBlob, ServedFile } from '../state/served-file.ts';
import type { DesiredRelease } from './status.ts';

/** How the last finished reconcile ended. */
export type ReconcileEnd =
  /** Desired is what is served. `findings`: warnings and information of the check. */
  { readonly kind: 'serving'; readonly findings: readonly Finding[] } | Unfinished;

export type RecordState =
  | { readonly kind: 'ok' }
  | { readonly kind: 'not-recorded'; readonly message: string }
  | { readonly kind: 'corrupt'; readonly message: string };

export type Drift =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'fits' }
  | { readonly kind: 'drifted'; readonly findings: readonly Finding[] };

/** What the check said of what is served, and with which settings it was asked. */
export interface Confirmed {
  readonly settings: EnvironmentSettings;
  readonly findings: readonly Finding[];
}

export interface EnvironmentState {
  readonly environment: string;
  /** The newest one. */
  readonly target: Target | undefined;
  /** Of the newest target that was concluded. */
  readonly concludedRevision: string | undefined;
  /** A change has been seen and not been concluded yet. */
  readonly isReconciling: boolean;
  readonly end: ReconcileEnd | undefined;
  /** Reconciles in a row that did not get to their end, since the last change. */
  readonly failures: number;
  /** `undefined` when the pointer names nothing that could be read. */
  readonly desired: DesiredRelease | undefined;
  /** The environment's row of the serving table; `undefined` when nothing is served. */
  readonly arms: Arms | undefined;
  /** Of the release that is served. */
  readonly blob: ServedBlob | undefined;
  /** The file of the served release, while another one is desired. */
  readonly servedFile: ServedFile;
  /** `undefined` when nothing is served, or it has not been checked since the start. */
  readonly confirmed: Confirmed | undefined;
  /** What is served comes from disk and has not been confirmed since the start. */
  readonly isFromDisk: boolean;
  readonly record: RecordState;
  readonly drift: Drift;
  /** What admission said of the newest move; `undefined` when nothing of the pipeline is configured, or it was not asked yet. */
  readonly decision: Decision | undefined;
  /** Why the release that is served is vetoed; `undefined` when it is not, as far as is known. */
  readonly veto: string | undefined;
  /** What the hotfix that is served skipped and nobody has made good yet. */
  readonly debt: readonly HotfixDebt[];
  /** Files that `init` names and that never ran on the embedded database, from the config repo's root. */
  readonly unappliedInit: readonly string[];
  /** Why the database of what is served does not answer; `undefined` when it did, when it was last asked. */
  readonly away: string | undefined;
  /** Of the release that is served; `undefined` when none ran since it was activated. */
  readonly smoke: SmokeReport | undefined;
  /** What is served was activated, and its smoke tests after the swap have not ended. */
  readonly isUnverified: boolean;
}

export type StateEvent =
  /** A newer target: the reconcile of it begins. */
  | { readonly kind: 'aimed'; readonly target: Target }
  | { readonly kind: 'desired'; readonly desired: DesiredRelease | undefined }
  /** The check has passed: this is the swap. */
  | {
      readonly kind: 'activated';
      readonly target: Target;
      readonly active: ActiveRelease;
      readonly blob: ServedBlob;
      readonly confirmed: Confirmed;
      /** Its smoke tests before the swap; `undefined` when none ran. */
      readonly rehearsal: SmokeReport | undefined;
      /** Smoke tests follow, so that the target is not concluded yet. */
      readonly isUnverified: boolean;
    }
  /** The smoke tests after the swap have ended, and what was activated stays. */
  | { readonly kind: 'verified'; readonly target: Target; readonly report: SmokeReport | undefined }
  /** Somebody had the smoke tests of what is served run. */
  | { readonly kind: 'smoked'; readonly report: SmokeReport }
  /** They failed: what was served before is served again. */
  | {
      readonly kind: 'undone';
      readonly target: Target;
      readonly active: ActiveRelease;
      readonly blob: ServedBlob;
      readonly confirmed: Confirmed | undefined;
    }
  /** The last-known-good from disk answers. */
  | { readonly kind: 'restored'; readonly active: ActiveRelease; readonly blob: ServedBlob }
  /** The move was judged. */
  | { readonly kind: 'judged'; readonly target: Target; readonly decision: Decision | undefined }
  /** The move may not take effect: what the environment served last is served, and was checked. */
  | {
      readonly kind: 'resumed';
      readonly active: ActiveRelease;
      readonly blob: ServedBlob;
      readonly confirmed: Confirmed;
    }
  /** A reconcile has ended without a swap; `undefined` means desired is what is served. */
  | { readonly kind: 'ended'; readonly target: Target; readonly unfinished: Unfinished | undefined }
  /** What is served was compared with its database. */
  | {
      readonly kind: 'compared';
      readonly drift: Drift;
      readonly refusesWrites: boolean;
      /** The schema is another one than at the last comparison. */
      readonly isOtherSchema: boolean;
    }
  /** The database of what is served does not answer. */
  | { readonly kind: 'away'; readonly message: string }
  /** Whether the release that is served is vetoed was looked up. */
  | { readonly kind: 'looked-at-veto'; readonly veto: string | undefined }
  | { readonly kind: 'looked-at-init'; readonly unapplied: readonly string[] }
  | { readonly kind: 'looked-at-debt'; readonly debt: readonly HotfixDebt[] }
  | { readonly kind: 'recorded'; readonly record: RecordState }
  | { readonly kind: 'looked-at-file'; readonly servedFile: ServedFile; readonly revision: string };

export function initialState(environment: string): EnvironmentState {
  return {
    environment,
    target: undefined,
    concludedRevision: undefined,
    isReconciling: false,
    end: undefined,
    failures: 0,
    desired: undefined,
    arms: undefined,
    blob: undefined,
    servedFile: 'unchanged',
    confirmed: undefined,
    isFromDisk: false,
    record: { kind: 'ok' },
    drift: { kind: 'unknown' },
    decision: undefined,
    veto: undefined,
    debt: [],
    unappliedInit: [],
    away: undefined,
    smoke: undefined,
    isUnverified: false,
  };
}

export function reduce(state: EnvironmentState, event: StateEvent): EnvironmentState {
  switch (event.kind) {
    case 'aimed':
      return { ...state, target: event.target, isReconciling: true, failures: 0 };
    case 'desired':
      return { ...state, desired: event.desired };
    case 'activated': {
      const { active, blob, confirmed, rehearsal, isUnverified } = event;
      const isSame = state.arms?.stable.compiled.digest === active.compiled.digest;
      return {
        ...(isUnverified ? { ...state, isReconciling: true } : concluded(state, event.target)),
        end: { kind: 'serving', findings: confirmed.findings },
        failures: 0,
        arms: { stable: active },
        blob,
        servedFile: 'unchanged',
        confirmed,
        isFromDisk: false,
        drift: { kind: 'fits' },
        veto: isSame ? state.veto : undefined,
        debt: isSame ? state.debt : [],
        away: undefined,
        smoke: rehearsal ?? (isSame ? state.smoke : undefined),
        isUnverified,
      };
    }
    case 'verified': {
      const { target, report } = event;
      return { ...concluded(state, target), smoke: report ?? state.smoke, isUnverified: false };
    }
    case 'smoked':
      return { ...state, smoke: event.report };
    case 'undone': {
      const { active, blob, confirmed } = event;
      const isNow = {
        drift: { kind: 'unknown' },
        away: undefined,
        smoke: undefined,
        isUnverified: false,
      } as const;
      return { ...state, arms: { stable: active }, blob, confirmed, ...isNow };
    }
    case 'restored':
      return {
        ...state,
        arms: { stable: event.active },
        blob: event.blob,
        isFromDisk: true,
        drift: { kind: 'unknown' },
        away: undefined,
        isUnverified: false,
      };
    case 'judged':
      return { ...state, decision: event.decision };
    case 'resumed': {
      const { active, blob, confirmed } = event;
      const isNow = {
        isFromDisk: false,
        drift: { kind: 'fits' },
        away: undefined,
        smoke: undefined,
        isUnverified: false,
      } as const;
      return { ...state, arms: { stable: active }, blob, confirmed, ...isNow };
    }
    case 'ended': {
      const { unfinished } = event;
      const findings = state.confirmed?.findings ?? [];
      const end = unfinished ?? { kind: 'serving', findings };
      const failures = unfinished === undefined ? 0 : state.failures + 1;
      const servedFile = unfinished === undefined ? 'unchanged' : state.servedFile;
      return { ...concluded(state, event.target), end, failures, servedFile };
    }
    case 'compared':
      return compare(state, event);
    case 'away':
      return { ...state, away: event.message };
    case 'looked-at-debt':
      return { ...state, debt: event.debt };
    case 'looked-at-init':
      return { ...state, unappliedInit: event.unapplied };
    case 'looked-at-veto':
      return { ...state, veto: event.veto };
    case 'recorded':
      return { ...state, record: event.record };
    case 'looked-at-file':
      return { ...state, servedFile: event.servedFile };
  }
}

function concluded(state: EnvironmentState, target: Target): EnvironmentState {
  // A newer target may have come while the last-known-good was being read.
  const isReconciling = state.isReconciling && state.target !== target;
  return { ...state, isReconciling, concludedRevision: target.revision };
}

function compare(
  state: EnvironmentState,
  { drift, refusesWrites }: Extract<StateEvent, { kind: 'compared' }>,
): EnvironmentState {
  const stable = state.arms?.stable;
  const arms =
    stable === undefined || stable.refuseWrites === refusesWrites
      ? state.arms
      : { stable: { ...stable, refuseWrites: refusesWrites } };
  // Git has said what is desired since the start, so that it is confirmed now.
  const isConfirmed = drift.kind === 'fits' && state.end !== undefined;
  return { ...state, arms, drift, away: undefined, isFromDisk: state.isFromDisk && !isConfirmed };
}

/** Id of the release that is served. */
export function servingOf({ arms }: EnvironmentState): string | undefined {
  return arms?.stable.compiled.release.release;
}
