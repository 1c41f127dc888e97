// One reconcile of one environment: the list of its stages. Ends with the first stage that does not continue; what it acquired
// is released, whatever its end. What an end means for the environment over time is decided elsewhere.
import type { DatabaseHandle, DatabaseHandles } from '../database-handles.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { ActiveRelease, ActiveReleases } from '../../serving/active-releases.ts';
import { activate } from '../stages/activate.ts';
import { check, type CompatibleVerdict } from '../stages/check.ts';
import { hold } from '../stages/hold.ts';
import { loadRelease, type LoadedRelease } from '../stages/load-release.ts';
import { readPointer, type ReadPointer } from '../stages/read-pointer.ts';
import type { Target, Unfinished } from '../stages/stage.ts';
import { stages } from '../stages/stage-list.ts';
import { readRepoFile } from './read-repo-file.ts';
import type { ReleaseLibrary } from './release-library.ts';

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
  readonly activated: ActiveRelease;
  readonly blob: string;
  readonly handle: DatabaseHandle;
  readonly settings: EnvironmentSettings;
  readonly verdict: CompatibleVerdict;
}

export type ReconcileResult =
  | ({ readonly kind: 'activated' } & Activated)
  /** Desired is already served, checked, with these settings. */
  | { readonly kind: 'in-sync' }
  | Unfinished
  /** A newer target took over, or the Hub stops. */
  | { readonly kind: 'preempted' };

type Start = ReconcileTools & ReconcileRequest;
type Desired = Start & ReadPointer & LoadedRelease & { readonly handle: DatabaseHandle };

/** What should be served? */
const desire = stages<Start>().and(readPointer).and(loadRelease);
/** Puts it in place. */
const move = stages<Desired>().and(hold).and(check).and(activate);

export async function reconcile(tools: ReconcileTools, request: ReconcileRequest): Promise<ReconcileResult> {
  const desired = await desire.run({ ...tools, ...request });
  if (desired.kind !== 'continue') return desired;
  const { target, settings } = desired.value;
  const handle = tools.handles.acquire(settings, target.limits, (path) => readRepoFile(target, path));
  const found = { ...desired.value, handle };
  if (isServed(found)) return { kind: 'in-sync' };
  const moved = await move.run(found);
  return moved.kind === 'continue' ? { ...moved.value, kind: 'activated' } : moved;
}

/** Whether desired = serving in everything that a call could notice, and it was checked with these settings. */
function isServed({ active, target, settings, confirmedWith, compiled, handle }: Desired): boolean {
  const served = active.get(target.environment);
  return (
    JSON.stringify(confirmedWith) === JSON.stringify(settings) &&
    served?.compiled.digest === compiled.digest &&
    served.database === handle.database &&
    served.maxRows === target.limits.rows
  );
}
