// What each environment answers with, right now. Activation is one reference assignment; a call takes the
// reference once, at entry, and uses it to the end.
import type { Database } from '../database/database.ts';
import type { CompiledRelease } from './compile/compiled-release.ts';

export interface ActiveRelease {
  readonly environment: string;
  /** The config repo commit that put it there. */
  readonly revision: string;
  /** RFC 3339. */
  readonly since: string;
  readonly compiled: CompiledRelease;
  readonly database: Database;
  /** Most rows an operation may return. */
  readonly maxRows: number;
  /** The database drifted and the environment asks to refuse writes meanwhile. */
  readonly refuseWrites: boolean;
}

export class ActiveReleases {
  #byEnvironment = new Map<string, ActiveRelease>();

  get(environment: string): ActiveRelease | undefined {
    return this.#byEnvironment.get(environment);
  }

  activate(active: ActiveRelease): void {
    this.#byEnvironment.set(active.environment, active);
  }

  environments(): string[] {
    return [...this.#byEnvironment.keys()];
  }
}
