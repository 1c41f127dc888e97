// What each environment serves right now. Activation is one reference assignment. A call reads the reference once, at
// entry, and uses it to the end. Only the reconciler writes, in one place (reconciler/status/environment-store.ts).
import type { Database } from '../database/database.ts';
import { CallTally } from './call-tally.ts';
import { CallWatch } from './call-watch.ts';
import { CanaryTraffic, type Split } from './canary-traffic.ts';
import type { CompiledRelease } from './compile/compiled-release.ts';

export interface ActiveRelease {
  readonly environment: string;
  /** The config repo commit that activated it. */
  readonly revision: string;
  /** RFC 3339. */
  readonly since: string;
  readonly compiled: CompiledRelease;
  /** Git blob id of the release file. */
  readonly blob: string;
  readonly database: Database;
  /** Most rows an operation may return. */
  readonly maxRows: number;
  /** The database drifted, and the environment is set to refuse writes meanwhile. */
  readonly refuseWrites: boolean;
}

/** The releases that one environment serves. */
export interface Arms {
  /** For every call that does not go to another arm. */
  readonly stable: ActiveRelease;
  /** How calls are split between this release and a canary; `undefined` when stk.yaml has no canary for the environment. */
  readonly split?: Split<ActiveRelease> | undefined;
}

/** The part that the data plane reads. */
export interface ServingTable {
  arms(environment: string): Arms | undefined;
  /** `undefined` when the environment serves nothing. */
  stable(environment: string): ActiveRelease | undefined;
  /** Canaries that get calls, with their counts. */
  readonly traffic: Pick<CanaryTraffic<ActiveRelease>, 'snapshots'>;
  /** Counts the calls of environments that are watched. */
  readonly watch: Pick<CallWatch, 'has' | 'note'>;
  /** Counts all calls of environments that a gate judges. */
  readonly tally: Pick<CallTally, 'of'>;
}

export class WritableServingTable implements ServingTable {
  readonly #byEnvironment = new Map<string, Arms>();
  readonly watch = new CallWatch();
  readonly tally = new CallTally();
  /** The share of an environment's calls that its canary gets. */
  readonly traffic = new CanaryTraffic<ActiveRelease>({
    stable: (environment) => this.stable(environment),
    onChange: (environment) => {
      const stable = this.stable(environment);
      if (stable !== undefined) this.#put(environment, stable);
    },
  });

  arms(environment: string): Arms | undefined {
    return this.#byEnvironment.get(environment);
  }

  stable(environment: string): ActiveRelease | undefined {
    return this.#byEnvironment.get(environment)?.stable;
  }

  /** The swap. A canary that began with another release on either side gets no calls from here on. */
  put(environment: string, stable: ActiveRelease): void {
    this.#put(environment, stable);
    this.traffic.noteServed(environment);
  }

  #put(environment: string, stable: ActiveRelease): void {
    const split = this.traffic.splitOf(environment, stable);
    this.#byEnvironment.set(environment, split === undefined ? { stable } : { stable, split });
  }
}
