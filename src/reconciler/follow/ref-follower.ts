// Follows one ref of the config repo: opens the repository, reads the ref after hints and at intervals, fetches a URL,
// and passes every new revision on. Reports whether the repo can be read and whether its history was rewritten. It does
// not decide what a revision means for environments.
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { Clock } from '../../kernel/clock.ts';
import { asStkError } from '../../kernel/errors.ts';
import type { Claim } from '../status/compute-conditions.ts';
import { HistoryWatch } from './history-watch.ts';
import type { Log } from '../log.ts';
import { observeRepo, type Observation } from './observe-repo.ts';
import { notRead, reading, readingUnwatched, unfetched, unreadable } from './repo-health.ts';
import { backOff, timing, withJitter } from '../status/timing.ts';

export interface SeenRevision {
  readonly repo: ConfigRepo;
  readonly observation: Observation;
  /** The previously seen revision; `undefined` when none exists. */
  readonly before: Observation | undefined;
}

export interface RefFollowerOptions {
  openRepo(): Promise<ConfigRepo>;
  /** Acts on a new revision. When it rejects (git failed half-way), it gets the same revision again. */
  onRevision(seen: SeenRevision): Promise<void>;
  /** One of `claims` or `revision` changed. */
  onChange(): void;
  readonly clock: Clock;
  readonly log: Log;
}

export class RefFollower {
  readonly #options: RefFollowerOptions;
  readonly #history: HistoryWatch;
  readonly #stopping = new AbortController();
  readonly #side = new Set<Promise<void>>();
  #repo: ConfigRepo | undefined;
  #watch: { close(): Promise<void> } | undefined;
  #observation: Observation | undefined;
  #repoClaim: Claim = notRead;
  #fetchFailure: Claim | undefined;
  /** The claim instead of `reading` while there is no watch. */
  #unwatched: Claim | undefined;
  #polling: Promise<void> | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #rebuilds = 0;

  constructor(options: RefFollowerOptions) {
    this.#options = options;
    this.#history = new HistoryWatch(options.log);
  }

  /** `undefined` when it could not be opened yet. */
  get repo(): ConfigRepo | undefined {
    return this.#repo;
  }

  /** The newest revision that was processed. */
  get observation(): Observation | undefined {
    return this.#observation;
  }

  /** RepositoryReachable and HistoryRewritten. */
  get claims(): readonly [Claim, Claim] {
    return [this.#repoClaim, this.#history.claim];
  }

  /** Opens the repository and watches it. Throws git's errors. */
  async open(): Promise<void> {
    try {
      const repo = await this.#options.openRepo();
      this.#repo = repo;
      await this.#startWatch(repo);
    } catch (thrown) {
      this.#noteRepo(unreadable(thrown));
      throw thrown;
    }
  }

  /** From now on it reads the ref at intervals, and opens the repository if that has failed. */
  poll(): void {
    this.#polling ??= this.#pollUntilStopped();
  }

  /** Reads the ref and acts on it; a request during a run is served by the next run. Never rejects. */
  async look(): Promise<void> {
    this.#lookAgain = true;
    this.#looking ??= this.#lookWhileAsked().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  /** Fetches (for a URL) and reads the ref. Never rejects. */
  async sync(): Promise<void> {
    if (this.#repo !== undefined) await this.#fetch(this.#repo);
    await this.look();
  }

  /** Whether `revision` is `observed` or an ancestor of it; `false` when git does not know it yet. */
  async contains(observed: string, revision: string): Promise<boolean> {
    if (observed === revision) return true;
    try {
      return (await this.#repo?.isAncestor(revision, observed)) ?? false;
    } catch (thrown) {
      const problem = asStkError(thrown).message;
      this.#options.log.debug({ revision, problem }, 'a revision is unknown yet');
      return false;
    }
  }

  /** Resolves when nothing is being looked at. */
  async settled(): Promise<void> {
    await this.#looking;
    await Promise.all(this.#side);
  }

  /** Stops reading; the repository stays open until `close`. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    // A silent remote would delay the Hub for as long as a fetch may be silent.
    this.#repo?.hangUp();
    await this.#watch?.close();
    await Promise.all([this.#polling, this.#looking, ...this.#side]);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#repo?.close();
  }

  async #pollUntilStopped(): Promise<void> {
    const { clock, log } = this.#options;
    let failures = 0;
    for (;;) {
      const every = this.#repo?.isRemote === true ? timing.pollRemote : timing.pollLocal;
      const pause = this.#repo === undefined ? backOff(failures + 1, clock) : withJitter(every, clock);
      await clock.sleep(pause, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      try {
        if (this.#repo === undefined) await this.open();
        else if (this.#watch === undefined) await this.#startWatch(this.#repo);
        failures = 0;
        await this.sync();
      } catch (thrown) {
        failures += 1;
        log.debug({ problem: asStkError(thrown).message }, 'the config repo still cannot be opened');
      }
    }
  }

  /** A watch only gives hints: when the system has none left, reading at intervals finds every commit. */
  async #startWatch(repo: ConfigRepo): Promise<void> {
    try {
      this.#watch = await repo.watch(() => this.#hint());
      this.#unwatched = undefined;
    } catch (thrown) {
      const problem = asStkError(thrown).message;
      if (this.#unwatched === undefined)
        this.#options.log.warn(
          { problem },
          'the config repo cannot be watched: the Hub reads it every 2 seconds',
        );
      this.#unwatched = readingUnwatched(problem);
    }
  }

  async #fetch(repo: ConfigRepo): Promise<void> {
    if (!repo.isRemote) return;
    try {
      await repo.fetch();
      this.#fetchFailure = undefined;
    } catch (thrown) {
      this.#fetchFailure = unfetched(thrown);
    }
  }

  #hint(): void {
    if (!this.#stopping.signal.aborted) void this.look();
  }

  async #lookWhileAsked(): Promise<void> {
    while (this.#lookAgain && !this.#stopping.signal.aborted) {
      this.#lookAgain = false;
      await this.#lookOnce();
    }
  }

  async #lookOnce(): Promise<void> {
    const repo = this.#repo;
    if (repo === undefined) return;
    const { rebuilds } = repo;
    // After a rebuild of the mirror, unreadable parts are read again, as at a start.
    const before = rebuilds === this.#rebuilds ? this.#observation : undefined;
    try {
      const revision = await repo.resolve();
      if (revision !== before?.revision) {
        const observation = await observeRepo(repo, revision, before);
        if (before !== undefined) this.#noteHistory(repo, before, observation);
        await this.#options.onRevision({ repo, observation, before });
        // Not earlier: a run that fails half-way is repeated completely, and readers of the new revision must also see
        // its consequences for each environment.
        this.#observation = observation;
        this.#rebuilds = rebuilds;
      }
      this.#noteRepo(this.#fetchFailure ?? this.#unwatched ?? reading);
    } catch (thrown) {
      this.#noteRepo(unreadable(thrown));
    }
  }

  #noteHistory(repo: ConfigRepo, before: Observation, after: Observation): void {
    if (after.isNextCommit) {
      this.#history.noteNext();
      return;
    }
    const judged: Promise<void> = this.#history.judge(repo, before.revision, after.revision).finally(() => {
      this.#side.delete(judged);
      this.#options.onChange();
    });
    this.#side.add(judged);
  }

  #noteRepo(next: Claim): void {
    const before = this.#repoClaim;
    this.#repoClaim = next;
    if (before.reason !== next.reason && next.status === 'False') {
      const { reason, message } = next;
      this.#options.log.warn({ reason, problem: message }, 'the config repo cannot be followed');
    }
    this.#options.onChange();
  }
}
