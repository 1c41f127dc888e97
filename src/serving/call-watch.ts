// Counts failed calls of an environment by release and operation since the last `take`: for code that compares a
// release with the previous one. Counts nothing for environments that nobody judges, and stores no data of a call.
import type { ErrorCode } from '../kernel/errors.ts';
import type { CallEnd } from './arm-counter.ts';

export interface WatchedCall {
  readonly environment: string;
  /** Git blob id of the release file. */
  readonly blob: string;
  /** '' when the request named no operation of the release. */
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

/** Failures that no release causes: the database, or a Hub that stops. */
const away: ReadonlySet<ErrorCode> = new Set(['database-unavailable', 'indeterminate', 'shutting-down']);

export class CallWatch {
  #counts = new Map<string, Map<string, WatchedRelease>>();

  /** From now on, only counts the calls of these environments. */
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

  /** By blob id, since the last `take`. */
  take(environment: string): ReadonlyMap<string, WatchedRelease> {
    const taken = this.#counts.get(environment);
    if (taken === undefined) return new Map();
    this.#counts.set(environment, new Map());
    return taken;
  }
}
