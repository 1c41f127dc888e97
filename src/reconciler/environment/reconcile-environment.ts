// One reconcile of one environment: the list of steps, in order, ended by the first that does not go on. Later steps
// have their places marked. What an end means for the environment is decided elsewhere.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { StkError } from '../../kernel/errors.ts';
import type { ActiveRelease, ActiveReleases } from '../../serving/active-releases.ts';
import type { CompatibleVerdict } from './steps/check-database.ts';
import { checkDatabase } from './steps/check-database.ts';
import { activate, prepareActivation } from './steps/activate.ts';
import { loadRelease, type LoadedRelease } from './steps/load-release.ts';
import { readPointer } from './steps/read-pointer.ts';
import type { Stop, Target } from './steps/step.ts';
import type { DatabaseHandle, DatabaseHandles } from '../database-handles.ts';
import type { ReleaseLibrary } from './release-library.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { EnvironmentSettings } from '../../model/project.ts';

const mostInitBytes = 16 * 1024 * 1024;

export interface ReconcileTools {
  readonly active: ActiveReleases;
  readonly handles: DatabaseHandles;
  readonly library: ReleaseLibrary;
  readonly clock: Clock;
}

export interface ReconcileRequest {
  readonly target: Target;
  readonly signal: AbortSignal;
  /** Settings that what is served now was checked with; undefined: nothing is served, or it is unconfirmed. */
  readonly confirmedWith: EnvironmentSettings | undefined;
  /** Whatever is remembered of an earlier check, ask everything. */
  readonly isFresh: boolean;
  /** The pointer was read and names `release`. */
  readonly onDesired: (release: string) => void;
  /** What was asked for has just been put in place, whatever comes of the rest. Must not throw. */
  readonly onSwapped: () => void;
}

/** What the swap put in place. */
export interface Activated {
  readonly active: ActiveRelease;
  readonly loaded: LoadedRelease;
  readonly handle: DatabaseHandle;
  readonly settings: EnvironmentSettings;
  readonly verdict: CompatibleVerdict;
}

export type ReconcileResult =
  | { readonly kind: 'activated'; readonly activated: Activated }
  /** Desired is already served, checked, with these settings. */
  | { readonly kind: 'in-sync' }
  | { readonly kind: 'stopped'; readonly stop: Stop }
  /** A newer target took over, or the Hub stops. */
  | { readonly kind: 'preempted' };

export async function reconcileEnvironment(
  { active, handles, library, clock }: ReconcileTools,
  { target, signal, confirmedWith, isFresh, onDesired, onSwapped }: ReconcileRequest,
): Promise<ReconcileResult> {
  const read = await readPointer(target);
  if (signal.aborted) return { kind: 'preempted' };
  if (read.kind === 'stop') return { kind: 'stopped', stop: read.stop };
  const { pointer, settings } = read.value;
  onDesired(pointer.release);

  const loading = await loadRelease(library, { place: target, release: pointer.release });
  if (signal.aborted) return { kind: 'preempted' };
  if (loading.kind === 'stop') return { kind: 'stopped', stop: loading.stop };
  const loaded = loading.value;

  // Later: admit it (gates, freeze, signatures).

  const handle = handles.acquire(settings, target.limits, (path) => readRepoFile(target, path));
  const before = active.get(target.environment);
  const isUnchanged = JSON.stringify(confirmedWith) === JSON.stringify(settings);
  if (isUnchanged && isServed(before, { target, loaded, handle })) return { kind: 'in-sync' };

  const since = new Date(clock.now()).toISOString();
  const fresh = prepareActivation({ target, loaded, database: handle.database, since });
  const kept = before?.compiled.digest === loaded.compiled.digest ? keepDates(fresh, before) : undefined;
  let swapped: ActiveRelease | undefined;
  const whileLocked = (): void => {
    if (signal.aborted) return;
    // Served since the swap, not since the check began: a first one may wait long for its database.
    swapped = kept ?? { ...fresh, since: new Date(clock.now()).toISOString() };
    activate(active, swapped);
    onSwapped();
  };
  // Later: smoke it, before the check's last look.
  const checked = await checkDatabase(handle, {
    compiled: loaded.compiled,
    settings,
    now: clock.now(),
    signal,
    isFresh,
    whileLocked,
  });
  if (checked.kind === 'continue' && swapped !== undefined) {
    return {
      kind: 'activated',
      activated: { active: swapped, loaded, handle, settings, verdict: checked.value },
    };
  }
  if (signal.aborted || checked.kind === 'continue') return { kind: 'preempted' };
  return { kind: 'stopped', stop: checked.stop };
}

/** A file that `init` names, at the revision. */
export async function readRepoFile(
  place: {
    readonly repo: ConfigRepo | undefined;
    readonly revision: string | undefined;
    readonly environment: string;
  },
  path: string,
): Promise<string> {
  const { repo, revision, environment } = place;
  if (repo === undefined || revision === undefined) {
    throw new StkError('git-unavailable', `${path} cannot be read: the config repo is out of reach.`);
  }
  const text = await repo.fileText(revision, path, mostInitBytes);
  if (text !== undefined) return text;
  const message = `stk.yaml names ${path} as init of ${environment}; ${revision} has no such file.`;
  throw new StkError('project-invalid', message, { hint: `Commit ${path}, or take it out of init.` });
}

/** Whether desired = serving in everything that a call could notice. */
function isServed(
  served: ActiveRelease | undefined,
  desired: { readonly target: Target; readonly loaded: LoadedRelease; readonly handle: DatabaseHandle },
): boolean {
  return (
    served !== undefined &&
    served.compiled.digest === desired.loaded.compiled.digest &&
    served.database === desired.handle.database &&
    served.maxRows === desired.target.limits.rows
  );
}

/** The same release goes on being served: the commit that put it there, and since when, stay. */
function keepDates(next: ActiveRelease, before: ActiveRelease): ActiveRelease {
  return { ...next, revision: before.revision, since: before.since };
}
