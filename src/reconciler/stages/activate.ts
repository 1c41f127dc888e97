// Stage 5: the swap, one reference assignment. Nothing here can fail, and nothing is awaited between the check's answer and it.
import type { ActiveRelease, ActiveReleases } from '../../serving/active-releases.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { DatabaseHandle } from '../database-handles.ts';
import type { LoadedRelease } from './load-release.ts';
import { proceed, type Continue, type Target } from './stage.ts';

export interface BeforeActivate extends LoadedRelease {
  readonly target: Target;
  readonly handle: DatabaseHandle;
  readonly active: ActiveReleases;
  readonly clock: Clock;
  /** What was asked for has just been put in place, whatever comes of the rest. Must not throw. */
  readonly onSwapped: () => void;
}

export function activate(found: BeforeActivate): Continue<{ readonly activated: ActiveRelease }> {
  const { target, compiled, handle, active, clock, onSwapped } = found;
  const { environment, revision, limits } = target;
  const before = active.get(environment);
  // The same release goes on being served: the commit that put it there, and since when, stay.
  const kept = before?.compiled.digest === compiled.digest ? before : undefined;
  const activated: ActiveRelease = {
    environment,
    revision: kept?.revision ?? revision,
    since: kept?.since ?? new Date(clock.now()).toISOString(),
    compiled,
    database: handle.database,
    maxRows: limits.rows,
    refuseWrites: false,
  };
  active.activate(activated);
  onSwapped();
  return proceed({ activated });
}
