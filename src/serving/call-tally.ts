// Counts the results of all calls of an environment, with any release, since the last `take`: for code that judges an
// environment over time. Counts nothing for environments that nobody judges.
import { ArmCounter } from './arm-counter.ts';

export class CallTally {
  #counters: ReadonlyMap<string, ArmCounter> = new Map();

  /** From now on, only counts the calls of these environments. */
  count(environments: Iterable<string>): void {
    const before = this.#counters;
    this.#counters = new Map([...environments].map((name) => [name, before.get(name) ?? new ArmCounter()]));
  }

  /** `undefined` when its calls are not counted. */
  of(environment: string): ArmCounter | undefined {
    return this.#counters.size === 0 ? undefined : this.#counters.get(environment);
  }
}
