// Notes every 10 s how each environment is, and whether this Hub has started to send its events.
import { asStkError } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../log.ts';
import type { CallRecords } from '../state/call-records.ts';
import { type HealthChange, type HealthNotes, noteEvery } from '../state/health-notes.ts';
import type { ServedHere } from './served-here.ts';

export interface HealthLoopOptions {
  readonly health: HealthNotes;
  readonly calls: CallRecords;
  readonly clock: Clock;
  readonly log: Log;
  /** All of the project in force. */
  environments(): Iterable<string>;
  /** As {@link GovernedPathOptions.servedHere}. */
  servedHere(environment: string): ServedHere | null | undefined;
  isWriter(environment: string): Promise<boolean>;
  onHealth(change: HealthChange): Promise<void>;
  /** As {@link WriterLocks.leads}; `undefined` when no Hub needs to lead. */
  leads(environment: string): Promise<boolean | undefined>;
  /** Another Hub leads than before, or it is known for the first time. */
  onLeader(): void;
  /** This Hub now holds the lock, and did not before. */
  onWriter(environment: string): Promise<void>;
}

export class HealthLoop {
  readonly #options: HealthLoopOptions;
  readonly #stopping = new AbortController();
  readonly #held = new Map<string, boolean>();
  readonly #leading = new Map<string, boolean>();
  #running: Promise<void> | undefined;

  constructor(options: HealthLoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Whether this Hub led at its last check; `undefined` when unknown, or not needed. */
  leads(environment: string): boolean | undefined {
    return this.#leading.get(environment);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#writeCalls();
  }

  async #run(): Promise<void> {
    const { health, calls, clock, log, environments } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        for (const environment of environments()) await this.#note(environment);
        await health.write();
        await calls.write(clock.now());
      } catch (thrown) {
        log.error({ problem: asStkError(thrown).message }, 'the health of the environments was not stored');
      }
      await clock.sleep(noteEvery, signal);
    }
  }

  /** The last calls before the end. */
  async #writeCalls(): Promise<void> {
    const { calls, clock, log, environments } = this.#options;
    try {
      for (const environment of environments()) calls.note(environment, clock.now());
      await calls.write(clock.now(), true);
    } catch (thrown) {
      log.error({ problem: asStkError(thrown).message }, 'the counts of calls were not written');
    }
  }

  async #note(environment: string): Promise<void> {
    const { health, calls, clock, servedHere, isWriter, leads, onHealth, onWriter, onLeader } = this.#options;
    const served = servedHere(environment);
    if (served === undefined) return;
    calls.note(environment, clock.now());
    const content = served === null ? undefined : { release: served.release, digest: served.digest };
    const isHealthy = served?.isHealthy === true;
    const changes = health.note(environment, content, { isHealthy, now: clock.now() });
    for (const change of changes) await onHealth(change);
    const isHeld = await isWriter(environment);
    const wasHeld = this.#held.get(environment);
    this.#held.set(environment, isHeld);
    if (isHeld && wasHeld === false) await onWriter(environment);
    const isLeading = await leads(environment);
    if (isLeading === this.#leading.get(environment)) return;
    if (isLeading === undefined) this.#leading.delete(environment);
    else this.#leading.set(environment, isLeading);
    onLeader();
  }
}
