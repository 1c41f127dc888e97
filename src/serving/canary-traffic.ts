// Which share of an environment's calls its canary gets, at this moment, in this Hub. The controller starts and stops it; what
// is served decides as well: a canary that is no longer beside the release that it began with gets no call. It decides
// nothing about how a canary does.
import { ArmCounter, type ArmTotals } from './arm-counter.ts';
import { saltOf, type Salt } from './draw-arm.ts';
import type { ArmSample } from '../analysis/sample.ts';
import type { Sticky } from '../model/pipeline/canary.ts';

/** What stk.yaml says of the canary of an environment. */
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

/** What the two environments of a pair serve; `undefined` when there is none. */
interface ServedPair<Active> {
  readonly stable: Active | undefined;
  readonly canary: Active | undefined;
}

export interface CanaryTrafficOptions<Active> {
  stable(environment: string): Active | undefined;
  /** The split of this environment is another one. */
  onChange(environment: string): void;
}

/** Whether a canary that was started may get calls while this is served. */
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

  /** Takes over what stk.yaml says. A canary that it no longer has gets no more calls. */
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
   * From now on the canary gets its share. The same one again only takes another weight. False: it gets no call, since what
   * is served is not what it began with, or stk.yaml has no such canary.
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

  /** Both arms begin a new interval of counting. Without a canary it does nothing. */
  setWeight(of: string, weight: number): void {
    const running = this.#running.get(of);
    if (running !== undefined) this.#setWeight(running, weight);
  }

  /** The next call gets the stable release; calls under way finish where they are. */
  stop(of: string): void {
    if (this.#running.delete(of)) this.#options.onChange(of);
  }

  /** The calls of both arms since they were asked for last; `undefined` when no canary gets calls. */
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

  /** Of every environment whose canary gets calls. */
  snapshots(): readonly TrafficSnapshot<Active>[] {
    return [...this.#running.keys()].flatMap((of) => this.snapshot(of) ?? []);
  }

  /** The split of an environment that serves `stable`. Ends a canary that may get no more calls. */
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

  /** An environment serves something else: where it is a canary, the split of the other one may be another. */
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
