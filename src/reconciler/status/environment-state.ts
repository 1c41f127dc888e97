// The state of one environment, and how an event changes it. Pure. The store beside it applies events; conditions, log
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
  /** The desired release is served. `findings`: warnings and information of the check. */
  { readonly kind: 'serving'; readonly findings: readonly Finding[] } | Unfinished;

export type RecordState =
  | { readonly kind: 'ok' }
  | { readonly kind: 'not-recorded'; readonly message: string }
  | { readonly kind: 'corrupt'; readonly message: string };

export type Drift =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'fits' }
  | { readonly kind: 'drifted'; readonly findings: readonly Finding[] };

/** The check's result about the served release, and its settings. */
export interface Confirmed {
  readonly settings: EnvironmentSettings;
  readonly findings: readonly Finding[];
}

export interface EnvironmentState {
  readonly environment: string;
  /** The newest one. */
  readonly target: Target | undefined;
  /** The newest target with a result. */
  readonly concludedRevision: string | undefined;
  /** A change was seen and has no result yet. */
  readonly isReconciling: boolean;
  readonly end: ReconcileEnd | undefined;
  /** Incomplete reconciles in a row since the last change. */
  readonly failures: number;
  /** `undefined` when the pointer names nothing readable. */
  readonly desired: DesiredRelease | undefined;
  /** The environment's row of the serving table; `undefined` when nothing is served. */
  readonly arms: Arms | undefined;
  /** The blob of the served release. */
  readonly blob: ServedBlob | undefined;
  /** The file of the served release, while another one is desired. */
  readonly servedFile: ServedFile;
  /** `undefined` when nothing is served, or it has not been checked since the start. */
  readonly confirmed: Confirmed | undefined;
  /** The served release comes from disk and has not been confirmed since the start. */
  readonly isFromDisk: boolean;
  readonly record: RecordState;
  readonly drift: Drift;
  /** Admission's decision about the newest move; `undefined` when no pipeline is configured, or there is none yet. */
  readonly decision: Decision | undefined;
  /** Why the served release is vetoed; `undefined` when it is not, as far as is known. */
  readonly veto: string | undefined;
  /** The open debt of the served hotfix. */
  readonly debt: readonly HotfixDebt[];
  /** Files in `init` that never ran on the embedded database, relative to the config repo's root. */
  readonly unappliedInit: readonly string[];
  /** Why the database of the served release is unreachable; `undefined` when it answered last. */
  readonly away: string | undefined;
  /** For the served release; `undefined` when none ran since it was activated. */
  readonly smoke: SmokeReport | undefined;
  /** The served release was activated, and its smoke tests after the swap have not ended. */
  readonly isUnverified: boolean;
}

export type StateEvent =
  /** A newer target: its reconcile begins. */
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
      /** Smoke tests follow, so the target has no result yet. */
      readonly isUnverified: boolean;
    }
  /** The smoke tests after the swap have ended, and the activated release stays. */
  | { readonly kind: 'verified'; readonly target: Target; readonly report: SmokeReport | undefined }
  /** Somebody ran the smoke tests of the served release. */
  | { readonly kind: 'smoked'; readonly report: SmokeReport }
  /** They failed: the previous release is served again. */
  | {
      readonly kind: 'undone';
      readonly target: Target;
      readonly active: ActiveRelease;
      readonly blob: ServedBlob;
      readonly confirmed: Confirmed | undefined;
    }
  /** The last-known-good from disk is served. */
  | { readonly kind: 'restored'; readonly active: ActiveRelease; readonly blob: ServedBlob }
  /** The move was judged. */
  | { readonly kind: 'judged'; readonly target: Target; readonly decision: Decision | undefined }
  /** The move may not take effect: the last served release is served, after a check. */
  | {
      readonly kind: 'resumed';
      readonly active: ActiveRelease;
      readonly blob: ServedBlob;
      readonly confirmed: Confirmed;
    }
  /** A reconcile has ended without a swap; `undefined` when the desired release is served. */
  | { readonly kind: 'ended'; readonly target: Target; readonly unfinished: Unfinished | undefined }
  /** The served release was compared with its database. */
  | {
      readonly kind: 'compared';
      readonly drift: Drift;
      readonly refusesWrites: boolean;
      /** The schema differs from the last comparison. */
      readonly isOtherSchema: boolean;
    }
  /** The database of the served release is unreachable. */
  | { readonly kind: 'away'; readonly message: string }
  /** Whether the served release is vetoed was checked. */
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
  // A newer target may have come while the last-known-good was read.
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
  // Git has reported the desired release since the start, so it is confirmed now.
  const isConfirmed = drift.kind === 'fits' && state.end !== undefined;
  return { ...state, arms, drift, away: undefined, isFromDisk: state.isFromDisk && !isConfirmed };
}

/** Id of the served release. */
export function servingOf({ arms }: EnvironmentState): string | undefined {
  return arms?.stable.compiled.release.release;
}
