// Stage 8: the swap, one reference assignment. It cannot fail, and nothing is awaited between the check's answer and
// it.
import type { ActiveRelease } from '../../serving/serving-table.ts';
import type { RecordFile } from '../../documents/record/format-record.ts';
import type { Decision } from '../admission/admission-desk.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Finding } from '../../model/finding.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { DatabaseHandle } from '../database-handles.ts';
import type { EnvironmentStore } from '../status/environment-store.ts';
import type { LoadedRelease } from './load-release.ts';
import { prepareActive } from './prepare-active.ts';
import type { Rehearsed } from './rehearse.ts';
import { proceed, type Continue, type Target } from './stage.ts';

/** The check's result about it. */
export interface Fit {
  /** `undefined` when it was not checked, because the environment that shares the database already serves it. */
  readonly fingerprint: string | undefined;
  readonly findings: readonly Finding[];
}

export interface BeforeActivate extends LoadedRelease, Rehearsed {
  readonly target: Target;
  readonly settings: EnvironmentSettings;
  readonly handle: DatabaseHandle;
  readonly verdict: Fit;
  readonly governed: GovernedPath;
  /** `undefined` when no pipeline is configured. */
  readonly decision: Decision | undefined;
  /** The event about it, on disk; `undefined` when none exists. */
  readonly prepared: RecordFile | undefined;
  readonly clock: Clock;
  readonly store: EnvironmentStore;
  /** It was just activated. Must not throw. */
  readonly onActivated: (activation: Activation) => void;
  /** Whether smoke tests run on the served release. */
  readonly isTested: boolean;
}

export interface Activation {
  readonly target: Target;
  readonly active: ActiveRelease;
  readonly blob: string;
  readonly handle: DatabaseHandle;
  readonly settings: EnvironmentSettings;
  readonly verdict: Fit;
  /** Smoke tests follow: until they have passed, the previous release is the known good one. */
  readonly isUnverified: boolean;
}

export function activate(found: BeforeActivate): Continue<{ readonly active: ActiveRelease }> {
  const { target, settings, compiled, blob, handle, verdict, rehearsal, store, onActivated, isTested } =
    found;
  const active = prepareActive(found);
  const confirmed = { settings, findings: verdict.findings };
  const served = { release: compiled.release.release, blob };
  store.apply({
    kind: 'activated',
    target,
    active,
    blob: served,
    confirmed,
    rehearsal,
    isUnverified: isTested,
  });
  if (found.decision !== undefined) found.governed.noteActivated(found.decision, found.prepared);
  onActivated({ target, active, blob, handle, settings, verdict, isUnverified: isTested });
  return proceed({ active });
}
