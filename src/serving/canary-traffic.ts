// The share of an environment's calls that its canary gets now, in this Hub. The controller starts and stops it. A
// canary gets no calls once the environment serves another release than when it began. It does not judge the canary.
import { ArmCounter, type ArmTotals } from './arm-counter.ts';
import { saltOf, type Salt } from './draw-arm.ts';
import type { ArmSample } from '../analysis/sample.ts';
import type { Sticky } from '../model/pipeline/canary.ts';

/** The canary of an environment, from stk.yaml. */
export interface CanaryPair {
  /** The canary environment. */
  readonly environment: string;
  readonly of: string;
  readonly sticky: Sticky;
}

/** A canary that is to get calls. Releases are git blob ids of their files. */
export interface CanaryStart {
  readonly of: string;
  readonly canary: string;
  /** What the environment `of` served when the canary began. */
  readonly stable: string;
  /** Per cent of the calls. */
  readonly weight: number;
}

/** How the calls of an environment are split, as a call reads it. */
export interface Split<Active> {
  readonly sticky: Sticky;
  /** `undefined` when no canary runs, and every call gets the stable release. */
  readonly canary: CanaryArm<Active> | undefined;
}

export interface CanaryArm<Active> {
  readonly active: Active;
  readonly weight: number;
  readonly salt: Salt;
  readonly counters: Counters;
}

export interface Counters {
  readonly stable: ArmCounter;
  readonly canary: ArmCounter;
  /** Calls without a caller's key. */
  unkeyed: number;
}

export interface TrafficSnapshot<Active> extends CanaryStart {
  /** The canary environment. */
  readonly environment: string;
  readonly sticky: Sticky;
  readonly active: { readonly stable: Active; readonly canary: Active };
  readonly totals: { readonly stable: ArmTotals; readonly canary: ArmTotals };
}

interface Running {
  readonly start: CanaryStart;
  readonly salt: Salt;
  readonly counters: Counters;
}

interface Served {
  readonly blob: string;
}

/** What the two environments of a pair serve; `undefined` for nothing. */
interface ServedPair<Active> {
  readonly stable: Active | undefined;
  readonly canary: Active | undefined;
}

export interface CanaryTrafficOptions<Active> {
  stable(environment: string): Active | undefined;
  /** Called when the split of this environment changes. */
  onChange(environment: string): void;
}

/** Whether a started canary may get calls while this is served. */
export function mayGetCalls({ canary, stable }: CanaryStart, served: ServedPair<Served>): boolean {
  return served.stable?.blob === stable && served.canary?.blob === canary && canary !== stable;
}

export class CanaryTraffic<Active extends Served> {
  readonly #options: CanaryTrafficOptions<Active>;
  /** By the environment whose calls are shared. */
  readonly #pairs = new Map<string, CanaryPair>();
  /** The same by canary environment. */
  readonly #byCanary = new Map<string, CanaryPair>();
  readonly #running = new Map<string, Running>();

  constructor(options: CanaryTrafficOptions<Active>) {
    this.#options = options;
  }

  /** Takes over the settings in stk.yaml. A canary that was removed there gets no more calls. */
  configure(pairs: readonly CanaryPair[]): void {
    const before = [...this.#pairs.values()];
    this.#pairs.clear();
    this.#byCanary.clear();
    for (const pair of pairs) {
      this.#pairs.set(pair.of, pair);
      this.#byCanary.set(pair.environment, pair);
    }
    for (const { of, environment } of before)
      if (this.#pairs.get(of)?.environment !== environment) this.#running.delete(of);
    for (const of of new Set([...before, ...pairs].map((pair) => pair.of))) this.#options.onChange(of);
  }

  /**
   * From now on the canary gets its share. For a running canary, only the weight changes. False when it gets no calls:
   * another release is served than at its begin, or stk.yaml has no such canary.
   */
  start(start: CanaryStart): boolean {
    const { of, canary, stable, weight } = start;
    const served = this.#servedOf(of);
    if (served === undefined || !mayGetCalls(start, served)) {
      this.stop(of);
      return false;
    }
    const running = this.#running.get(of);
    if (running?.start.canary === canary && running.start.stable === stable) {
      this.#setWeight(running, weight);
      return true;
    }
    const counters = { stable: new ArmCounter(), canary: new ArmCounter(), unkeyed: 0 };
    this.#set({ start, salt: saltOf(canary), counters });
    return true;
  }

  /** Both arms begin a new counting interval. Does nothing without a canary. */
  setWeight(of: string, weight: number): void {
    const running = this.#running.get(of);
    if (running !== undefined) this.#setWeight(running, weight);
  }

  /** The next call gets the stable release; running calls finish where they are. */
  stop(of: string): void {
    if (this.#running.delete(of)) this.#options.onChange(of);
  }

  /** The calls of both arms since the last `take`; `undefined` when no canary gets calls. */
  take(of: string): { readonly canary: ArmSample; readonly stable: ArmSample } | undefined {
    const running = this.#running.get(of);
    const pair = this.#pairs.get(of);
    if (running === undefined || pair === undefined) return undefined;
    const hasCallers = pair.sticky.kind !== 'none';
    const { canary, stable } = running.counters;
    return { canary: canary.take(hasCallers), stable: stable.take(hasCallers) };
  }

  /** `undefined` when no canary gets calls. */
  snapshot(of: string): TrafficSnapshot<Active> | undefined {
    const running = this.#running.get(of);
    const pair = this.#pairs.get(of);
    const { stable, canary } = this.#servedOf(of) ?? {};
    if (running === undefined || pair === undefined || stable === undefined || canary === undefined)
      return undefined;
    const { environment, sticky } = pair;
    const { counters } = running;
    return {
      ...running.start,
      environment,
      sticky,
      active: { stable, canary },
      totals: { stable: counters.stable.totals(), canary: counters.canary.totals() },
    };
  }

  /** For every environment whose canary gets calls. */
  snapshots(): readonly TrafficSnapshot<Active>[] {
    return [...this.#running.keys()].flatMap((of) => this.snapshot(of) ?? []);
  }

  /** The split of an environment that serves `stable`. Ends a canary that may not get calls any more. */
  splitOf(environment: string, stable: Active): Split<Active> | undefined {
    const pair = this.#pairs.get(environment);
    if (pair === undefined) return undefined;
    const { sticky } = pair;
    const running = this.#running.get(environment);
    const active = this.#options.stable(pair.environment);
    if (running === undefined || active === undefined) return { sticky, canary: undefined };
    if (!mayGetCalls(running.start, { stable, canary: active })) {
      this.#running.delete(environment);
      return { sticky, canary: undefined };
    }
    const { start, salt, counters } = running;
    return { sticky, canary: { active, weight: start.weight, salt, counters } };
  }

  /** An environment serves something else: if it is a canary, the split of the other environment may change. */
  noteServed(environment: string): void {
    const pair = this.#byCanary.get(environment);
    if (pair !== undefined) this.#options.onChange(pair.of);
  }

  #servedOf(of: string): ServedPair<Active> | undefined {
    const pair = this.#pairs.get(of);
    if (pair === undefined) return undefined;
    return { stable: this.#options.stable(of), canary: this.#options.stable(pair.environment) };
  }

  #setWeight(running: Running, weight: number): void {
    if (running.start.weight === weight) return;
    this.take(running.start.of);
    this.#set({ ...running, start: { ...running.start, weight } });
  }

  #set(running: Running): void {
    const { of } = running.start;
    this.#running.set(of, running);
    this.#options.onChange(of);
  }
}
