// What each environment answers with, right now. Activation is one reference assignment; a call takes the reference once, at
// entry, and uses it to the end. Only the reconciler writes, in one place (reconciler/status/environment-store.ts).
import type { Database } from '../database/database.ts';
import { CallTally } from './call-tally.ts';
import { CallWatch } from './call-watch.ts';
import { CanaryTraffic, type Split } from './canary-traffic.ts';
import type { CompiledRelease } from './compile/compiled-release.ts';

export interface ActiveRelease {
  readonly environment: string;
  /** The config repo commit that put it there. */
  readonly revision: string;
  /** RFC 3339. */
  readonly since: string;
  readonly compiled: CompiledRelease;
  /** Git blob id of the release file. */
  readonly blob: string;
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
  /** How calls are split between this release and a canary; undefined: stk.yaml has no canary of the environment. */
  readonly split?: Split<ActiveRelease> | undefined;
}

/** What the data plane reads. */
export interface ServingTable {
  arms(environment: string): Arms | undefined;
  /** `undefined` when the environment serves nothing. */
  stable(environment: string): ActiveRelease | undefined;
  /** Canaries that get calls, with what they counted. */
  readonly traffic: Pick<CanaryTraffic<ActiveRelease>, 'snapshots'>;
  /** Counts the calls of environments that are watched. */
  readonly watch: Pick<CallWatch, 'has' | 'note'>;
  /** Counts all calls of environments over which a gate looks. */
  readonly tally: Pick<CallTally, 'of'>;
}

export class WritableServingTable implements ServingTable {
  readonly #byEnvironment = new Map<string, Arms>();
  readonly watch = new CallWatch();
  readonly tally = new CallTally();
  /** Which share of an environment's calls its canary gets. */
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

  /** The swap. A canary that began beside another release, or with another one, gets no call from here on. */
  put(environment: string, stable: ActiveRelease): void {
    this.#put(environment, stable);
    this.traffic.noteServed(environment);
  }

  #put(environment: string, stable: ActiveRelease): void {
    const split = this.traffic.splitOf(environment, stable);
    this.#byEnvironment.set(environment, split === undefined ? { stable } : { stable, split });
  }
}
