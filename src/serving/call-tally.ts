// What came of all calls of an environment since it was asked last, whatever it served: for those that judge an environment over
// a time. Where nobody asks for an environment, nothing is counted.
import { ArmCounter } from './arm-counter.ts';

export class CallTally {
  #counters: ReadonlyMap<string, ArmCounter> = new Map();

  /** From now on the calls of these environments are counted, and those of no other one. */
  count(environments: Iterable<string>): void {
    const before = this.#counters;
    this.#counters = new Map([...environments].map((name) => [name, before.get(name) ?? new ArmCounter()]));
  }

  /** `undefined` when its calls are not counted. */
  of(environment: string): ArmCounter | undefined {
    return this.#counters.size === 0 ? undefined : this.#counters.get(environment);
  }
}
