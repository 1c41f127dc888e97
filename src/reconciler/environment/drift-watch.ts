// Compares what an environment serves with its database: at an interval, at once when a failing call suggests a schema
// change, and as soon as an unreachable database answers again. The state decides what the answer means.
import { isBlocking } from '../../model/finding.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { Clock } from '../../kernel/clock.ts';
import { asStkError } from '../../kernel/errors.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { Drift } from '../status/environment-state.ts';
import type { EnvironmentStore } from '../status/environment-store.ts';
import type { DatabaseHandle } from '../database-handles.ts';
import { askVerdict } from './ask-verdict.ts';
import { backOff, timing, withJitter } from '../status/timing.ts';

export interface Followed {
  readonly settings: EnvironmentSettings;
  readonly handle: DatabaseHandle;
  /** Of the release's bytes. */
  readonly digest: string;
  /** From the check that allowed serving it; `undefined` when none has been made since the start. */
  readonly fingerprint: string | undefined;
}

export interface DriftWatchOptions {
  /** The environment's state: what it serves, and the result of the comparison. */
  readonly store: EnvironmentStore;
  readonly clock: Clock;
}

export class DriftWatch {
  readonly #options: DriftWatchOptions;
  readonly #stopping = new AbortController();
  #followed: Followed | undefined;
  #fingerprint: string | undefined;
  #timer = new AbortController();
  #isUrgent = false;
  #isAskedByCall = false;
  /** Checks in a row after failing calls that found nothing new. */
  #inVain = 0;
  #delay: number = timing.drift;
  #unanswered = 0;
  #looks = 0;
  #running: Promise<void> | undefined;

  constructor(options: DriftWatchOptions) {
    this.#options = options;
  }

  /** This is served from now on; a fingerprint means that it has just been checked. */
  follow(followed: Followed): void {
    const before = this.#followed;
    const { database } = followed.handle;
    const { fingerprint } = followed;
    if (before?.handle !== followed.handle)
      database.whenUnavailable(this.#options.store.state.environment, () => this.checkSoon());
    // A fingerprint covers what one release uses: those of two releases cannot be compared.
    else if (before.digest === followed.digest) this.#recycleIfChanged(followed, fingerprint);
    this.#followed = followed;
    this.#fingerprint = fingerprint;
    this.#unanswered = 0;
    this.#isUrgent = false;
    this.#inVain = 0;
    this.#wait(
      withJitter(fingerprint === undefined ? timing.driftAtOnce : timing.drift, this.#options.clock),
    );
  }

  /** A call failed in a way that suggests a schema change: everything is asked, despite the cache. */
  noteCallFailure(): void {
    this.#isAskedByCall = true;
    this.checkSoon();
  }

  /** Several callers within a moment get one check; checks that find nothing new become rarer. */
  checkSoon(): void {
    if (this.#isUrgent || this.#followed === undefined) return;
    this.#isUrgent = true;
    this.#wait(Math.min(timing.driftAtOnce * 2 ** Math.min(this.#inVain, 16), timing.drift));
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#timer.abort();
    await this.#running;
  }

  /** Checks again in `ms`, whatever was planned. */
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
      await clock.sleep(this.#delay, signal);
      if (signal.aborted) continue;
      this.#isUrgent = false;
      this.#delay = withJitter(timing.drift, clock);
      const isAnswered = await this.#check();
      this.#unanswered = isAnswered ? 0 : this.#unanswered + 1;
      // Calls that failed meanwhile have requested another check.
      if (!isAnswered && !this.#isUrgent) this.#delay = backOff(this.#unanswered, clock);
    }
  }

  /** Whether the database was compared, or there is nothing to compare. */
  async #check(): Promise<boolean> {
    const { store, clock } = this.#options;
    const followed = this.#followed;
    const serving = store.state.arms?.stable;
    if (followed === undefined || serving === undefined) return true;
    if (serving.database !== followed.handle.database) return true;
    const { settings, handle } = followed;
    const { signal } = this.#stopping;
    const { compiled } = serving;
    this.#looks += 1;
    const isAskedByCall = this.#isAskedByCall;
    this.#isAskedByCall = false;
    const isFresh = isAskedByCall || this.#looks % timing.freshEvery === 0;
    const asked = { handle, settings, checkable: compiled, isFresh, clock, signal, files: 'recall' } as const;
    const verdict = await askVerdict(asked).catch((thrown: unknown): Verdict => ({
      kind: 'unavailable',
      message: asStkError(thrown).message,
    }));
    if (this.#followed !== followed || signal.aborted) return true;
    switch (verdict.kind) {
      case 'unavailable':
        // Not drifted, as far as is known: calls answer 503 until the database does.
        store.apply({ kind: 'away', message: verdict.message });
        return false;
      case 'indeterminate':
        return false;
      case 'compatible':
      case 'incompatible': {
        const wasDrifted = store.state.drift.kind === 'drifted';
        const isNew =
          verdict.fingerprint !== this.#fingerprint || wasDrifted !== (verdict.kind === 'incompatible');
        this.#inVain = isNew || !isAskedByCall ? 0 : this.#inVain + 1;
        this.#recycleIfChanged(followed, verdict.fingerprint);
        this.#conclude(followed, verdict);
        return true;
      }
    }
  }

  /** Statements in the sessions were prepared for the previous schema. */
  #recycleIfChanged({ handle }: Followed, fingerprint: string | undefined): void {
    if (this.#fingerprint !== undefined && this.#fingerprint !== fingerprint) handle.database.recycle();
  }

  #conclude(
    { settings }: Followed,
    { kind, findings, fingerprint }: Extract<Verdict, { kind: 'compatible' | 'incompatible' }>,
  ): void {
    const isOtherSchema = this.#fingerprint !== fingerprint;
    this.#fingerprint = fingerprint;
    const isDrifted = kind === 'incompatible';
    const drift: Drift = isDrifted ? { kind: 'drifted', findings } : { kind: 'fits' };
    // Calls read none of the environment's files.
    const isOfDatabase = findings.some((one) => isBlocking(one) && !one.code.startsWith('FIL'));
    const refusesWrites = isDrifted && isOfDatabase && settings.onDrift === 'refuse-writes';
    this.#options.store.apply({ kind: 'compared', drift, refusesWrites, isOtherSchema });
  }
}
