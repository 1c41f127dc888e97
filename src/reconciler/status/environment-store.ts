// The state of one environment over time: applies events one by one, writes the serving table, and reports every
// transition. The only writer of the serving table.
import type { Clock } from '../../kernel/clock.ts';
import type { Condition } from '../../model/condition.ts';
import type { WritableServingTable } from '../../serving/serving-table.ts';
import { computeConditions, dateClaims } from './compute-conditions.ts';
import { initialState, reduce, type EnvironmentState, type StateEvent } from './environment-state.ts';
import { reasonOf, revisionOf, type Transition } from './transition.ts';

export interface EnvironmentStoreOptions {
  readonly environment: string;
  readonly table: WritableServingTable;
  readonly clock: Clock;
  /** Called after each event, in order, when the table is written. Must not throw. */
  readonly onTransition: (transition: Transition) => void;
}

export class EnvironmentStore {
  readonly #options: EnvironmentStoreOptions;
  #state: EnvironmentState;
  #conditions: readonly Condition[] = [];

  constructor(options: EnvironmentStoreOptions) {
    this.#options = options;
    this.#state = initialState(options.environment);
    this.#dateConditions();
  }

  get state(): EnvironmentState {
    return this.#state;
  }

  get conditions(): readonly Condition[] {
    return this.#conditions;
  }

  /** For an activation, this is the swap. */
  apply(event: StateEvent): void {
    const { environment, table, onTransition } = this.#options;
    const from = this.#state;
    const to = reduce(from, event);
    if (to.arms !== undefined && to.arms !== from.arms) table.put(environment, to.arms.stable);
    this.#state = to;
    const at = this.#dateConditions();
    const revision = revisionOf(event, to);
    onTransition({ environment, from, to, reason: reasonOf(event), revision, at, event });
  }

  #dateConditions(): string {
    const now = new Date(this.#options.clock.now()).toISOString();
    this.#conditions = dateClaims(this.#conditions, computeConditions(this.#state), now);
    return now;
  }
}
