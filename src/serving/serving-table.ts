// What each environment answers with, right now. Activation is one reference assignment; a call takes the reference once, at
// entry, and uses it to the end. Only the reconciler writes, in one place (reconciler/status/environment-store.ts).
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

/** The releases that one environment answers with. */
export interface Arms {
  /** What every call gets that is not sent to another arm. */
  readonly stable: ActiveRelease;
}

/** What the data plane reads. */
export interface ServingTable {
  arms(environment: string): Arms | undefined;
  /** Undefined: the environment serves nothing. */
  stable(environment: string): ActiveRelease | undefined;
}

export class WritableServingTable implements ServingTable {
  readonly #byEnvironment = new Map<string, Arms>();

  arms(environment: string): Arms | undefined {
    return this.#byEnvironment.get(environment);
  }

  stable(environment: string): ActiveRelease | undefined {
    return this.#byEnvironment.get(environment)?.stable;
  }

  /** The swap: all arms of an environment at once. */
  put(environment: string, arms: Arms): void {
    this.#byEnvironment.set(environment, arms);
  }
}
