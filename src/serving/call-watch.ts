// How many calls of an environment failed, by release and operation, since it was asked last: for those that compare a
// release with the one before it. Where nobody asks for an environment, nothing is counted. It keeps nothing of a call.
import type { ErrorCode } from '../kernel/errors.ts';
import type { CallEnd } from './arm-counter.ts';

export interface WatchedCall {
  readonly environment: string;
  /** Git blob id of the release file. */
  readonly blob: string;
  /** '': the request named none that the release has. */
  readonly operation: string;
  readonly end: CallEnd;
  readonly refusedWith: ErrorCode | undefined;
}

export interface OperationCalls {
  calls: number;
  errors: number;
}

export interface WatchedRelease {
  readonly byOperation: Map<string, OperationCalls>;
  /** Whether the database was unreachable for one of its calls. */
  isAway: boolean;
}

/** What no release can help: the database, or a Hub that stops. */
const away: ReadonlySet<ErrorCode> = new Set(['database-unavailable', 'indeterminate', 'shutting-down']);

export class CallWatch {
  #counts = new Map<string, Map<string, WatchedRelease>>();

  /** From now on the calls of these environments are counted, and those of no other one. */
  watch(environments: Iterable<string>): void {
    const next = new Map<string, Map<string, WatchedRelease>>();
    for (const environment of environments)
      next.set(environment, this.#counts.get(environment) ?? new Map<string, WatchedRelease>());
    this.#counts = next;
  }

  has(environment: string): boolean {
    return this.#counts.size > 0 && this.#counts.has(environment);
  }

  note({ environment, blob, operation, end, refusedWith }: WatchedCall): void {
    const releases = this.#counts.get(environment);
    if (releases === undefined) return;
    let release = releases.get(blob);
    if (release === undefined) releases.set(blob, (release = { byOperation: new Map(), isAway: false }));
    if (refusedWith !== undefined && away.has(refusedWith)) {
      release.isAway = true;
      return;
    }
    let counted = release.byOperation.get(operation);
    if (counted === undefined) release.byOperation.set(operation, (counted = { calls: 0, errors: 0 }));
    counted.calls += 1;
    if (end === 'error') counted.errors += 1;
  }

  /** By blob id, since it was asked last. */
  take(environment: string): ReadonlyMap<string, WatchedRelease> {
    const taken = this.#counts.get(environment);
    if (taken === undefined) return new Map();
    this.#counts.set(environment, new Map());
    return taken;
  }
}
