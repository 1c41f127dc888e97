// Compares what an environment serves with its database: on an interval, and at once when a failing call says that the
// schema may have changed. Keeps serving whatever the answer; refuses writes meanwhile where the environment asks for it.
import type { Clock } from '../model/clock.ts';
import { asStkError } from '../model/errors.ts';
import type { EnvironmentSettings } from '../model/project.ts';
import type { ActiveRelease, ActiveReleases } from '../serving/active-releases.ts';
import type { Drift } from './compute-conditions.ts';
import type { DatabaseHandle } from './database-handles.ts';
import type { Log } from './log.ts';
import { askDatabase } from './steps/check-database.ts';
import { timing, withJitter } from './timing.ts';

/** SQLSTATEs that say: the schema is not what the release was checked against. */
const tellingStates = new Set(['42P01', '42703', '42883', '42501', '0A000', '23502', '25006']);

export interface Followed {
  readonly settings: EnvironmentSettings;
  readonly handle: DatabaseHandle;
  /** Of the check that let it be served; undefined: none has been made since the start. */
  readonly fingerprint: string | undefined;
}

export interface DriftWatchOptions {
  readonly environment: string;
  readonly active: ActiveReleases;
  readonly clock: Clock;
  readonly log: Log;
  /** A comparison has ended with an answer. */
  readonly onResult: () => void;
}

export class DriftWatch {
  readonly #options: DriftWatchOptions;
  readonly #stopping = new AbortController();
  #followed: Followed | undefined;
  #fingerprint: string | undefined;
  #state: Drift = { kind: 'unknown' };
  #timer = new AbortController();
  #isUrgent = false;
  #delay: number = timing.drift;
  #running: Promise<void> | undefined;

  constructor(options: DriftWatchOptions) {
    this.#options = options;
  }

  get state(): Drift {
    return this.#state;
  }

  /** From now on this is what is served; a fingerprint says that it has just been checked. */
  follow(followed: Followed): void {
    this.#followed = followed;
    this.#fingerprint = followed.fingerprint;
    this.#state = followed.fingerprint === undefined ? { kind: 'unknown' } : { kind: 'fits' };
    this.#isUrgent = false;
    this.#wait(followed.fingerprint === undefined ? timing.driftAtOnce : timing.drift);
  }

  noteCallFailure(sqlstate: string): void {
    if (tellingStates.has(sqlstate)) this.checkSoon();
  }

  /** Several callers within a moment get one check. */
  checkSoon(): void {
    if (this.#isUrgent || this.#followed === undefined) return;
    this.#isUrgent = true;
    this.#wait(timing.driftAtOnce);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#timer.abort();
    await this.#running;
  }

  /** Looks again in `ms`, whatever was planned before. */
  #wait(ms: number): void {
    this.#delay = ms;
    this.#timer.abort();
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stopping.signal.aborted) {
      this.#timer = new AbortController();
      const { signal } = this.#timer;
      await clock.sleep(withJitter(this.#delay, clock), signal);
      if (signal.aborted) continue;
      this.#delay = timing.drift;
      this.#isUrgent = false;
      await this.#check();
    }
  }

  async #check(): Promise<void> {
    const { active, environment, clock, log } = this.#options;
    const followed = this.#followed;
    const serving = active.get(environment);
    if (followed === undefined || serving === undefined || serving.database !== followed.handle.database)
      return;
    const { settings, handle } = followed;
    const { signal } = this.#stopping;
    try {
      const verdict = await askDatabase(handle, {
        compiled: serving.compiled,
        settings,
        now: clock.now(),
        signal,
      });
      if (this.#followed !== followed || signal.aborted) return;
      if (verdict.kind !== 'compatible' && verdict.kind !== 'incompatible') return;
      if (this.#fingerprint !== undefined && this.#fingerprint !== verdict.fingerprint)
        handle.database.recycle();
      this.#fingerprint = verdict.fingerprint;
      this.#conclude(
        serving,
        verdict.kind === 'compatible' ? { kind: 'fits' } : { kind: 'drifted', findings: verdict.findings },
      );
    } catch (thrown) {
      // Unreachable is not drifted: calls say so themselves, and the next comparison comes.
      log.debug({ environment, problem: asStkError(thrown).message }, 'the database could not be compared');
    }
  }

  #conclude(serving: ActiveRelease, state: Drift): void {
    const { active, environment, log, onResult } = this.#options;
    if (state.kind !== this.#state.kind && (state.kind === 'drifted' || this.#state.kind === 'drifted')) {
      log.warn(
        { environment, drifted: state.kind === 'drifted' },
        'the database changed under the serving release',
      );
    }
    this.#state = state;
    const refuseWrites = state.kind === 'drifted' && this.#followed?.settings.onDrift === 'refuse-writes';
    if (active.get(environment) === serving && serving.refuseWrites !== refuseWrites) {
      active.activate({ ...serving, refuseWrites });
    }
    onResult();
  }
}
