// Step 6: the swap, one reference assignment. Everything that could fail has been made before it is called.
import type { ActiveRelease, ActiveReleases } from '../../../serving/active-releases.ts';
import type { LoadedRelease } from './load-release.ts';
import type { Target } from './step.ts';
import type { CountedDatabase } from '../../counted-database.ts';

export interface Activation {
  readonly target: Target;
  readonly loaded: LoadedRelease;
  readonly database: CountedDatabase;
  /** RFC 3339. */
  readonly since: string;
}

/** What will be served, made ahead of the swap. */
export function prepareActivation({ target, loaded, database, since }: Activation): ActiveRelease {
  return {
    environment: target.environment,
    revision: target.revision,
    since,
    compiled: loaded.compiled,
    database,
    maxRows: target.limits.rows,
    refuseWrites: false,
  };
}

export function activate(active: ActiveReleases, next: ActiveRelease): void {
  active.activate(next);
}
