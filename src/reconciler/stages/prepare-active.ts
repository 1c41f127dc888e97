// Builds the answer of an environment from a compiled release and its database. Does not activate it.
import type { Clock } from '../../kernel/clock.ts';
import type { ActiveRelease } from '../../serving/serving-table.ts';
import type { DatabaseHandle } from '../database-handles.ts';
import type { EnvironmentStore } from '../status/environment-store.ts';
import type { LoadedRelease } from './load-release.ts';
import type { Target } from './stage.ts';

export interface BeforeActive extends Pick<LoadedRelease, 'compiled' | 'blob'> {
  readonly target: Target;
  readonly handle: DatabaseHandle;
  readonly clock: Clock;
  readonly store: EnvironmentStore;
}

export function prepareActive({ target, compiled, blob, handle, clock, store }: BeforeActive): ActiveRelease {
  const { environment, revision, limits } = target;
  const before = store.state.arms?.stable;
  // The same release continues to be served: its commit and its start time stay.
  const kept = before?.compiled.digest === compiled.digest ? before : undefined;
  return {
    environment,
    revision: kept?.revision ?? revision,
    since: kept?.since ?? new Date(clock.now()).toISOString(),
    compiled,
    blob,
    database: handle.database,
    maxRows: limits.rows,
    refuseWrites: false,
  };
}
