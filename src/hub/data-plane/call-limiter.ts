// Counts running calls, in the Hub and in each environment, and decides whether one more may begin.
import type { HubLimits } from '../http/hub-limits.ts';
import type { Refusal } from '../http/refusal.ts';

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
  /** Running calls, in a cell that a call changes without a second lookup. */
  readonly #byEnvironment = new Map<string, { calls: number }>();
  #total = 0;

  constructor(limits: Pick<HubLimits, 'concurrentCalls' | 'concurrentCallsPerEnvironment'>) {
    this.#limits = limits;
  }

  /** `undefined` when counted; leave() must follow. */
  enter(environment: string): Refusal | undefined {
    let count = this.#byEnvironment.get(environment);
    if (count === undefined) this.#byEnvironment.set(environment, (count = { calls: 0 }));
    if (this.#total >= this.#limits.concurrentCalls) return overloaded;
    if (count.calls >= this.#limits.concurrentCallsPerEnvironment) return tooMany;
    this.#total += 1;
    count.calls += 1;
    return undefined;
  }

  leave(environment: string): void {
    this.#total -= 1;
    const count = this.#byEnvironment.get(environment);
    if (count !== undefined) count.calls -= 1;
  }
}
