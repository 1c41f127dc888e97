// The loop: notices that the followed ref moved, compares ids, and tells the environments concerned. Implements what the
// HTTP server asks of the Hub. What an environment does with a change is environment-reconciler.ts's business.
import type { ConfigRepo } from '../git/config-repo.ts';
import type { Condition } from '../model/condition.ts';
import { asStkError, StkError } from '../model/errors.ts';
import type { EnvironmentSettings, Project } from '../model/project.ts';
import type { ActiveReleases } from '../serving/active-releases.ts';
import { Changes } from './changes.ts';
import { checkCandidate } from './check-candidate.ts';
import { dateClaims, type Claim } from './compute-conditions.ts';
import type { DatabaseHandles } from './database-handles.ts';
import { EnvironmentReconciler, type EnvironmentTools } from './environment-reconciler.ts';
import { HistoryWatch } from './history-watch.ts';
import type { CheckOutcome, HubState } from './hub-state.ts';
import type { LastKnownGoodStore } from './last-known-good.ts';
import { createLimiter } from './limiter.ts';
import type { Log } from './log.ts';
import { observeRepo, type Observation } from './observe-repo.ts';
import { ProjectInForce } from './project-in-force.ts';
import type { ReconcilerMetrics } from './reconciler-metrics.ts';
import type { ReleaseLibrary } from './release-library.ts';
import { notRead, reading, unfetched, unreadable } from './repo-health.ts';
import { selectConcerned } from './select-concerned.ts';
import type { EnvironmentStatus } from './status.ts';
import { backOff, timing, withJitter } from './timing.ts';
import type { Clock } from '../model/clock.ts';

export interface ReconcilerOptions {
  /** Called again, with back-off, while it fails and something on disk can answer meanwhile. */
  openRepo(): Promise<ConfigRepo>;
  readonly active: ActiveReleases;
  readonly handles: DatabaseHandles;
  readonly library: ReleaseLibrary;
  readonly records: LastKnownGoodStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ReconcilerMetrics;
  /** Environments to serve; empty: every one that stk.yaml lists. */
  readonly only: readonly string[];
  /** Why a project may not be served. */
  refuseProject(project: Project): StkError | undefined;
}

const lookUpsAtOnce = 2;

export class Reconciler implements HubState {
  readonly active: ActiveReleases;
  readonly #options: ReconcilerOptions;
  readonly #tools: EnvironmentTools;
  readonly #project: ProjectInForce;
  readonly #history: HistoryWatch;
  readonly #environments = new Map<string, EnvironmentReconciler>();
  readonly #stopping = new AbortController();
  readonly #changes = new Changes(this.#stopping.signal);
  readonly #side = new Set<Promise<void>>();
  #repo: ConfigRepo | undefined;
  #watch: { close(): Promise<void> } | undefined;
  #observation: Observation | undefined;
  /** The revision that every environment concerned has been aimed at: told only then, or a status would pair it with what came before. */
  #observedRevision: string | undefined;
  /** The project that the environments were last aimed with. */
  #aimedWith: Project | undefined;
  #repoClaim: Claim = notRead;
  #fetchFailure: Claim | undefined;
  #hubConditions: readonly Condition[] = [];
  #polling: Promise<void> | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #isReady = false;

  constructor(options: ReconcilerOptions) {
    const { active, handles, library, records, clock, log, metrics } = options;
    this.active = active;
    this.#options = options;
    const background = createLimiter(lookUpsAtOnce);
    const onChange = (): void => this.#changes.notify();
    this.#tools = { active, handles, library, records, clock, log, metrics, background, onChange };
    this.#project = new ProjectInForce({ records, log, refuse: (project) => options.refuseProject(project) });
    this.#history = new HistoryWatch(log);
  }

  /** Throws StkError when neither git nor the disk gives a project to serve. Returns once the loop runs. */
  async start(): Promise<void> {
    await this.#openOrRestore();
    if (this.#repo !== undefined) {
      await this.#look();
      if (this.#project.project === undefined) await this.#startFromDisk();
    }
    this.#polling = this.#poll();
  }

  get repo(): ConfigRepo {
    if (this.#repo !== undefined) return this.#repo;
    throw new StkError('git-unavailable', this.#repoClaim.message, {
      hint: 'The Hub goes on trying; see stk status.',
    });
  }

  project(): Project {
    const { project } = this.#project;
    if (project !== undefined) return project;
    throw new StkError('project-invalid', this.#project.claim.message);
  }

  /** Those of stk.yaml in its order, then those that it no longer lists and that are still served. */
  environments(): readonly string[] {
    const listed = [...(this.#project.project?.environments.keys() ?? [])].filter((name) =>
      this.#environments.has(name),
    );
    const removed = [...this.#environments.keys()].filter((name) => !listed.includes(name));
    return [...listed, ...removed.filter((name) => this.active.get(name) !== undefined)];
  }

  status(environment: string): EnvironmentStatus | undefined {
    const one = this.#environments.get(environment);
    const { project } = this.#project;
    if (one === undefined || project === undefined) return undefined;
    const status = one.status(project.project, this.observedRevision());
    return { ...status, conditions: [...status.conditions, ...this.#hubConditions] };
  }

  isReady(environment?: string): boolean {
    if (environment !== undefined) {
      const one = this.#environments.get(environment);
      return one !== undefined && one.hasFinished && this.active.get(environment) !== undefined;
    }
    this.#isReady ||= this.#computeReady();
    return this.#isReady;
  }

  observedRevision(): string | undefined {
    return this.#observedRevision;
  }

  async sync(): Promise<void> {
    const repo = this.#repo;
    if (repo !== undefined) await this.#fetch(repo);
    await this.#look();
    await Promise.all(
      [...this.#environments.values()].map((one) => this.#changes.until(() => one.isSettled)),
    );
  }

  async check(environment: string, what: { release: string } | { document: string }): Promise<CheckOutcome> {
    const settings = this.#settingsOf(environment);
    if (settings === undefined) {
      const message = `This Hub serves no environment ${environment}.`;
      const hint = `It serves ${this.environments().join(', ')}.`;
      return {
        kind: 'refused',
        error: new StkError('unknown-environment', message, { hint, details: { environment } }),
      };
    }
    const limits = this.project().limits;
    const signal = this.#stopping.signal;
    return checkCandidate(this.#tools, {
      settings,
      limits,
      observation: this.#observation,
      repo: this.#repo,
      what,
      signal,
    });
  }

  noteCallFailure(environment: string, sqlstate: string): void {
    this.#environments.get(environment)?.noteCallFailure(sqlstate);
  }

  async waitUntilObserved(environment: string, revision: string, ms: number): Promise<void> {
    const one = this.#environments.get(environment);
    if (one === undefined) return;
    const timeout = new AbortController();
    const timer = this.#options.clock.sleep(ms, timeout.signal).then(() => timeout.abort());
    try {
      const contains = await this.#observedContains(revision, timeout.signal);
      if (contains) await this.#changes.until(() => one.isSettled, timeout.signal);
    } finally {
      timeout.abort();
      await timer;
    }
  }

  /** Resolves when nothing is being looked at, reconciled, recorded or looked up: for tests and for a first start. */
  async settled(): Promise<void> {
    await this.#looking;
    await Promise.all([...this.#side, ...[...this.#environments.values()].map((one) => one.settled())]);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#watch?.close();
    await Promise.all([this.#polling, this.#looking]);
    await Promise.all([...this.#environments.values()].map((one) => one.close()));
    await Promise.all(this.#side);
    this.#changes.notify();
    await this.#options.handles.close();
    await this.#repo?.close();
  }

  async #openOrRestore(): Promise<void> {
    try {
      await this.#open();
    } catch (thrown) {
      this.#noteRepo(unreadable(thrown));
      if (!(await this.#project.restore())) throw thrown;
      this.#options.log.warn({ problem: asStkError(thrown).message }, 'the config repo cannot be opened');
      await this.#answerFromDisk();
    }
  }

  /** Git answers but what it says cannot be used: what was served before the restart goes on, if it is known. */
  async #startFromDisk(): Promise<void> {
    const failure = this.#project.failure;
    if (!(await this.#project.restore())) {
      throw (
        failure ??
        new StkError('git-unavailable', this.#repoClaim.message, {
          hint: 'Mend the config repo and start again.',
        })
      );
    }
    await this.#answerFromDisk();
    if (failure !== undefined && this.#observation !== undefined)
      await this.#aimAt(this.#observation, undefined, true);
  }

  async #answerFromDisk(): Promise<void> {
    const served = await this.#serve(this.project());
    await Promise.all(served.map((one) => one.answerFromDisk()));
  }

  async #open(): Promise<void> {
    const repo = await this.#options.openRepo();
    this.#repo = repo;
    this.#watch = await repo.watch(() => this.#hint());
  }

  async #poll(): Promise<void> {
    const { clock, log } = this.#options;
    let failures = 0;
    for (;;) {
      const every = this.#repo?.isRemote === true ? timing.pollRemote : timing.pollLocal;
      const pause = this.#repo === undefined ? backOff(failures + 1, clock) : withJitter(every, clock);
      await clock.sleep(pause, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      try {
        if (this.#repo === undefined) await this.#open();
        else await this.#fetch(this.#repo);
        failures = 0;
        await this.#look();
      } catch (thrown) {
        failures += 1;
        this.#noteRepo(unreadable(thrown));
        log.debug({ problem: asStkError(thrown).message }, 'the config repo still cannot be opened');
      }
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
    if (!this.#stopping.signal.aborted) void this.#look();
  }

  /** Reads the ref and acts on it; a look asked for while one runs is made after it. Never rejects. */
  async #look(): Promise<void> {
    this.#lookAgain = true;
    this.#looking ??= this.#lookWhileAsked().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
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
    const before = this.#observation;
    try {
      const revision = await repo.resolve();
      if (revision !== before?.revision) {
        const observation = await observeRepo(repo, revision, before);
        if (before !== undefined) this.#noteHistory(repo, before, observation);
        await this.#project.update(repo, revision, observation.project);
        const { project } = this.#project;
        if (project !== undefined) await this.#aimAt(observation, before, project !== this.#aimedWith);
        // Not sooner: a look that fails half-way is made again as a whole.
        this.#aimedWith = project;
        this.#observation = observation;
        this.#observedRevision = revision;
      }
      this.#noteRepo(this.#fetchFailure ?? reading);
    } catch (thrown) {
      this.#noteRepo(unreadable(thrown));
    }
  }

  #noteHistory(repo: ConfigRepo, before: Observation, after: Observation): void {
    if (after.isNextCommit) {
      this.#history.noteNext();
      return;
    }
    this.#options.library.forgetIdentities();
    const judged: Promise<void> = this.#history.judge(repo, before.revision, after.revision).finally(() => {
      this.#side.delete(judged);
      this.#dateHub();
    });
    this.#side.add(judged);
  }

  /** Aims those environments whose pointer, settings or named release's file is another one than before. */
  async #aimAt(
    observation: Observation,
    before: Observation | undefined,
    isNewProject: boolean,
  ): Promise<void> {
    const project = this.project();
    const repo = this.repo;
    if (isNewProject || before === undefined) await this.#serve(project);
    const all = [...this.#environments.values()];
    const changed = await selectConcerned(all, { project, repo, before, observation, isNewProject });
    const seenAt = this.#options.clock.now();
    const { commit, revision, isNextCommit, releases } = observation;
    for (const one of changed) {
      const pointer = observation.pointers.get(one.name);
      const settings = project.environments.get(one.name);
      const { limits } = project;
      const environment = one.name;
      one.aim({
        environment,
        repo,
        revision,
        commit,
        isNextCommit,
        pointer,
        releases,
        settings,
        limits,
        seenAt,
      });
    }
  }

  /** Makes a reconciler for every environment that is to be served and has none yet; gives all of them. */
  async #serve(project: Project): Promise<EnvironmentReconciler[]> {
    const { only, records } = this.#options;
    for (const name of project.environments.keys()) {
      if (this.#environments.has(name) || (only.length > 0 && !only.includes(name))) continue;
      this.#environments.set(name, new EnvironmentReconciler(name, this.#tools, await records.read(name)));
    }
    return [...this.#environments.values()];
  }

  #settingsOf(environment: string): EnvironmentSettings | undefined {
    if (!this.#environments.has(environment)) return undefined;
    return this.#project.project?.environments.get(environment);
  }

  #computeReady(): boolean {
    const concerned = [...this.#environments.values()].filter(
      (one) => one.hasPointer || one.target === undefined,
    );
    const serves = [...this.#environments.keys()].some((name) => this.active.get(name) !== undefined);
    return serves && concerned.every((one) => one.hasFinished || one.target === undefined);
  }

  async #observedContains(revision: string, signal: AbortSignal): Promise<boolean> {
    let known: string | undefined;
    while (!signal.aborted && !this.#stopping.signal.aborted) {
      const observed = this.observedRevision();
      if (observed === revision) return true;
      if (observed !== undefined && observed !== known && (await this.#contains(observed, revision)))
        return true;
      known = observed;
      await this.#changes.until(() => this.observedRevision() !== known, signal);
    }
    return false;
  }

  /** A revision that git does not know yet is not contained. */
  async #contains(observed: string, revision: string): Promise<boolean> {
    try {
      return await this.repo.isAncestor(revision, observed);
    } catch (thrown) {
      this.#options.log.debug(
        { revision, problem: asStkError(thrown).message },
        'a revision is not known yet',
      );
      return false;
    }
  }

  #noteRepo(next: Claim): void {
    const before = this.#repoClaim;
    this.#repoClaim = next;
    if (before.reason !== next.reason && next.status === 'False') {
      this.#options.log.warn(
        { reason: next.reason, problem: next.message },
        'the config repo cannot be followed',
      );
    }
    this.#dateHub();
  }

  #dateHub(): void {
    const now = new Date(this.#options.clock.now()).toISOString();
    const claims = [this.#repoClaim, this.#project.claim, this.#history.claim];
    this.#hubConditions = dateClaims(this.#hubConditions, claims, now);
    this.#changes.notify();
  }
}
