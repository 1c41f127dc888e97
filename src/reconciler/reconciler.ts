// The reconciler as a whole: follows the ref, keeps the project in force, aims the environments, and starts from disk
// when git is unreachable. Implements the HTTP server's interface to the Hub; its parts have their own files.
import { join } from 'node:path';
import type { ConfigRepo } from '../git/config-repo.ts';
import type { Condition } from '../model/condition.ts';
import { asStkError, StkError } from '../kernel/errors.ts';
import type { Project } from '../model/project.ts';
import type { Release } from '../model/release.ts';
import type { WritableServingTable } from '../serving/serving-table.ts';
import { createAskHub } from './admission/ask-hub.ts';
import type { EvaluationScore } from './admission/facts/evaluation-facts.ts';
import { GovernedPath } from './admission/governed-path.ts';
import { Acting } from './acting.ts';
import { Changes } from './status/changes.ts';
import type { Fact } from './status/facts.ts';
import type { MatrixOutcome } from './environment/check-matrix.ts';
import { dateClaims } from './status/compute-conditions.ts';
import type { EnvironmentTools } from './environment/environment-reconciler.ts';
import type {
  Candidate,
  CheckOutcome,
  DescribedRelease,
  ExplainOutcome,
  HubState,
  MoveQuestion,
  SmokeOutcome,
  StateWatcher,
} from './hub-state.ts';
import { createLimiter } from '../kernel/limiter.ts';
import type { ReconcilerOptions } from './reconciler-options.ts';
import { Notifier } from '../notify/notifier.ts';
import { ProjectInForce } from './follow/project-in-force.ts';
import { Trust } from '../ledger/trust/trust.ts';
import { RefFollower } from './follow/ref-follower.ts';
import { HubQuestions } from './environment/hub-questions.ts';
import { ServedEnvironments } from './environment/served-environments.ts';
import { factsOf, tellTransition } from './status/tell-transition.ts';
import type { Transition } from './status/transition.ts';
import type { ChosenTarget, TargetKind } from './undo/choose-target.ts';
import { UndoneMoves } from './undo/undone-moves.ts';
import type { EnvironmentStatus } from './status/status.ts';

const lookUpsAtOnce = 2;

export class Reconciler implements HubState {
  readonly table: WritableServingTable;
  readonly notifications: Notifier;
  readonly canaries: Acting['canaries'];
  readonly auto: Acting['auto'];
  readonly acting: Acting;
  readonly #options: ReconcilerOptions;
  readonly #tools: EnvironmentTools;
  readonly #trust = new Trust();
  readonly #project: ProjectInForce;
  readonly #follower: RefFollower;
  readonly #environments: ServedEnvironments;
  readonly #governed: GovernedPath;
  readonly #questions: HubQuestions;
  readonly #stopping = new AbortController();
  readonly #changes = new Changes(this.#stopping.signal);
  #hubConditions: readonly Condition[] = [];

  constructor(options: ReconcilerOptions) {
    const { table, handles, library, records, clock, log, only } = options;
    this.table = table;
    this.#options = options;
    const undone = new UndoneMoves(join(options.stateDirectory, 'undone'));
    const background = createLimiter(lookUpsAtOnce);
    const onTransition = (transition: Transition): void => this.#tell(transition);
    const onTargets = (): void => this.#changes.notify();
    const secret: typeof options.secret = (name, url) => options.secret(name, url);
    this.notifications = new Notifier({ ...options, project: () => this.project() });
    const servedHere = (environment: string) => this.#environments.servedHere(environment);
    const askHub = createAskHub({ project: () => this.project().project, secret });
    this.#governed = new GovernedPath({
      ...options,
      undone,
      trust: this.#trust,
      notifier: this.notifications,
      askHub,
      servedHere,
      onFact: (fact) => this.#wake([fact]),
      onEvent: (event) => this.#changes.tellEvent(event),
      onChange: () => this.#dateHub(),
    });
    const governed = this.#governed;
    const smoke = { clock, secret };
    const parts = { hub: this, governed, undone, smoke, askHub, servedHere };
    this.acting = new Acting({
      ...options,
      ...parts,
      repo: () => this.#follower.repo,
      onCommitted: () => void this.#follower.look(),
      onTold: () => this.#wake(['records']),
      onChange: () => this.#changes.notify(),
      onCanary: (environment) => this.#changes.notify(environment),
    });
    this.canaries = this.acting.canaries;
    this.auto = this.acting.auto;
    const shared = { table, handles, library, records, clock, log, smoke, background };
    this.#tools = { ...shared, onTransition, governed, undone, rollback: this.acting.rollback };
    const refuse = (project: Project): StkError | undefined => options.refuseProject(project);
    this.#project = new ProjectInForce({ records, log, refuse, trust: this.#trust });
    this.#environments = new ServedEnvironments(this.#tools, this.#project, only, onTargets);
    const signal = this.#stopping.signal;
    this.#follower = new RefFollower({
      openRepo: () => options.openRepo(),
      onRevision: (seen) => this.#environments.actOn(seen),
      onChange: () => {
        this.#dateHub();
        this.acting.observe();
        void this.#governed.look();
      },
      clock,
      log,
    });
    this.#questions = new HubQuestions({
      hub: this,
      tools: this.#tools,
      follower: this.#follower,
      environments: this.#environments,
      changes: this.#changes,
      governed,
      log,
      signal,
    });
  }

  /** Throws StkError when neither git nor the disk has a project to serve. Returns once the loop runs. */
  async start(): Promise<void> {
    try {
      await this.#follower.open();
    } catch (thrown) {
      await this.#startFromDisk(asStkError(thrown));
    }
    if (this.#follower.repo !== undefined) {
      await this.#follower.look();
      if (this.#project.project === undefined) await this.#startFromDisk(this.#whyNothing());
    }
    this.#follower.poll();
  }

  get repo(): ConfigRepo {
    const { repo, claims } = this.#follower;
    if (repo !== undefined) return repo;
    throw new StkError('git-unavailable', claims[0].message, {
      hint: 'The Hub keeps trying; see stk status.',
    });
  }

  project(): Project {
    if (this.#project.project !== undefined) return this.#project.project;
    throw new StkError('project-invalid', this.#project.claim.message);
  }

  environments(): readonly string[] {
    return this.#environments.names(this.#project.project);
  }

  status(environment: string): EnvironmentStatus | undefined {
    const one = this.#environments.get(environment);
    const name = this.#project.project?.project;
    if (one === undefined || name === undefined) return undefined;
    const healthySince = this.#governed.healthySince(environment);
    const status = one.status({ project: name, observedRevision: this.observedRevision(), healthySince });
    const own = [...this.#environments.targetsOf(environment), ...this.acting.conditionsOf(environment)];
    const conditions = [...status.conditions, ...own, ...this.#hubConditions];
    return { ...status, conditions, ...this.acting.shownOf(environment) };
  }

  isReady(environment?: string): boolean {
    return this.#environments.isReady(environment);
  }

  observedRevision(): string | undefined {
    return this.#follower.observation?.revision;
  }

  async sync(): Promise<void> {
    await this.#follower.sync();
    await this.#governed.look();
    await Promise.all(this.#environments.all.map((one) => this.#changes.until(() => one.isSettled)));
  }

  check(environment: string, what: Candidate): Promise<CheckOutcome> {
    return this.#questions.check(environment, what);
  }

  smoke(environment: string, release: string | undefined, attempts?: number): Promise<SmokeOutcome> {
    return this.#questions.smoke(environment, release, attempts);
  }

  describe(environment: string, release: string | undefined): Promise<DescribedRelease> {
    return this.#questions.describe(environment, release);
  }

  checkMatrix(environment: string, releases: readonly string[]): Promise<MatrixOutcome> {
    return this.#questions.checkMatrix(environment, releases);
  }

  rollbackTarget(environment: string, kind: TargetKind, mustFit?: boolean): Promise<ChosenTarget> {
    return this.#questions.rollbackTarget(environment, kind, mustFit);
  }

  explain(environment: string, what: MoveQuestion): Promise<ExplainOutcome> {
    return this.#questions.explain(environment, what);
  }

  readRelease(release: string, blob: string): Promise<Release> {
    return this.#questions.readRelease(release, blob);
  }

  scores(environment: string): Promise<readonly EvaluationScore[]> {
    return this.#questions.scores(environment);
  }

  noteCallFailure(environment: string): void {
    this.#environments.get(environment)?.noteCallFailure();
  }

  watch(watcher: StateWatcher): () => void {
    return this.#changes.watch(watcher);
  }

  waitUntilObserved(environment: string, revision: string, ms: number): Promise<void> {
    return this.#questions.waitUntilObserved(environment, revision, ms);
  }

  /** Resolves when nothing is being checked, reconciled, recorded or read: for tests and for a first start. */
  async settled(): Promise<void> {
    await this.#follower.settled();
    await this.#environments.settled();
    await this.acting.settled();
    await this.#governed.settled();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#follower.stop();
    await this.#environments.close();
    await this.acting.close();
    await this.#governed.close();
    this.#changes.notify();
    await this.#options.handles.close();
    await this.#follower.close();
  }

  #tell(transition: Transition): void {
    tellTransition(this.#options, transition);
    this.#wake(factsOf(transition));
    this.#changes.notify(transition.environment);
  }

  #wake(facts: readonly Fact[]): void {
    for (const fact of facts) this.#environments.wake(fact);
    if (facts.length === 0) return;
    this.acting.observe();
    this.#changes.tellFacts();
  }

  /** Git is unreachable, or its content unusable: what was served before the restart is served again, if known. */
  async #startFromDisk(why: StkError): Promise<void> {
    if (!(await this.#project.restore())) throw why;
    this.#options.log.warn({ problem: why.message }, 'the Hub starts from disk');
    const project = this.project();
    await this.#environments.serve(project);
    await Promise.all(this.#environments.all.map((one) => one.answerFromDisk()));
    const { repo, observation } = this.#follower;
    // Its stk.yaml is unusable, but its pointers are still followed.
    if (repo !== undefined && observation !== undefined)
      await this.#environments.aim({ repo, project, observation, before: undefined });
  }

  #whyNothing(): StkError {
    const hint = 'Fix the config repo and start again.';
    const { message } = this.#follower.claims[0];
    return this.#project.failure ?? new StkError('git-unavailable', message, { hint });
  }

  #dateHub(): void {
    const now = new Date(this.#options.clock.now()).toISOString();
    const [reachable, rewritten] = this.#follower.claims;
    const claims = [reachable, this.#project.claim, rewritten, ...this.#governed.claims];
    this.#hubConditions = dateClaims(this.#hubConditions, claims, now);
    this.#changes.notify();
  }
}
