// Reports `init` files that the embedded database never ran: after each reconcile, and regularly while there are some,
// so that `stk db apply` is noticed. It opens nothing for that.
import type { Clock } from '../../kernel/clock.ts';
import { StkError } from '../../kernel/errors.ts';
import type { DatabaseHandles } from '../database-handles.ts';
import type { Target } from '../stages/stage.ts';
import type { EnvironmentStore } from '../status/environment-store.ts';
import { timing } from '../status/timing.ts';

export interface InitWatchOptions {
  readonly store: EnvironmentStore;
  readonly handles: DatabaseHandles;
  readonly clock: Clock;
  /** Ends it. */
  readonly stopping: AbortSignal;
}

export class InitWatch {
  readonly #options: InitWatchOptions;
  #timer = new AbortController();

  constructor(options: InitWatchOptions) {
    this.#options = options;
  }

  async look(target: Target): Promise<void> {
    const { store, clock, stopping } = this.#options;
    this.#timer.abort();
    const timer = new AbortController();
    this.#timer = timer;
    const unapplied = await this.#ask(target);
    if (timer.signal.aborted || stopping.aborted) return;
    const known = store.state.unappliedInit;
    if (unapplied !== 'unknown' && JSON.stringify(unapplied) !== JSON.stringify(known))
      store.apply({ kind: 'looked-at-init', unapplied });
    if (store.state.unappliedInit.length === 0) return;
    const signal = AbortSignal.any([timer.signal, stopping]);
    void clock.sleep(timing.recheck, signal).then(() => (signal.aborted ? undefined : this.look(target)));
  }

  /** Unknown: another process has the database. */
  async #ask({ settings, limits }: Target): Promise<readonly string[] | 'unknown'> {
    // A canary uses its environment's database, which reports it.
    if (settings === undefined || settings.of !== undefined) return [];
    try {
      return (await this.#options.handles.find(settings, limits)?.unappliedInit()) ?? [];
    } catch (error) {
      if (error instanceof StkError && error.code === 'database-unavailable') return 'unknown';
      throw error;
    }
  }
}
