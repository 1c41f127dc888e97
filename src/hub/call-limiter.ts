// How many calls are at work, in the Hub and in each environment, and whether one more may begin.
import type { HubLimits } from './hub-limits.ts';
import type { Refusal } from './refusal.ts';

const overloaded: Refusal = {
  code: 'overloaded',
  detail: 'The Hub is at its limit of concurrent calls.',
};
const tooMany: Refusal = {
  code: 'too-many-requests',
  detail: 'This environment is at its limit of concurrent calls.',
};

export class CallLimiter {
  readonly #limits: Pick<HubLimits, 'concurrentCalls' | 'concurrentCallsPerEnvironment'>;
  readonly #byEnvironment = new Map<string, number>();
  #total = 0;

  constructor(limits: Pick<HubLimits, 'concurrentCalls' | 'concurrentCallsPerEnvironment'>) {
    this.#limits = limits;
  }

  /** Undefined: counted, and leave() must follow. */
  enter(environment: string): Refusal | undefined {
    const count = this.#byEnvironment.get(environment) ?? 0;
    if (this.#total >= this.#limits.concurrentCalls) return overloaded;
    if (count >= this.#limits.concurrentCallsPerEnvironment) return tooMany;
    this.#total += 1;
    this.#byEnvironment.set(environment, count + 1);
    return undefined;
  }

  leave(environment: string): void {
    this.#total -= 1;
    this.#byEnvironment.set(environment, (this.#byEnvironment.get(environment) ?? 1) - 1);
  }
}
