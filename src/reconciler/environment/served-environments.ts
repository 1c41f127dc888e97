// The environments that this Hub serves: creates a reconciler for each, aims those that a revision concerns, and
// reports when they are ready. environment-reconciler.ts works on a target.
import type { Condition } from '../../model/condition.ts';
import type { Project } from '../../model/project.ts';
import type { ServingTable } from '../../serving/serving-table.ts';
import type { ServedHere } from '../admission/served-here.ts';
import { EnvironmentReconciler, type EnvironmentTools } from './environment-reconciler.ts';
import type { ProjectInForce } from '../follow/project-in-force.ts';
import type { SeenRevision } from '../follow/ref-follower.ts';
import { TargetWatch } from '../follow/target-watch.ts';
import type { Fact } from '../status/facts.ts';
import { selectConcerned } from '../follow/select-concerned.ts';

export interface Aim extends SeenRevision {
  readonly project: Project;
}

export class ServedEnvironments {
  readonly #tools: EnvironmentTools;
  readonly #table: ServingTable;
  readonly #project: ProjectInForce;
  readonly #only: readonly string[];
  readonly #targets: TargetWatch;
  readonly #byName = new Map<string, EnvironmentReconciler>();
  #aimedWith: Project | undefined;
  #isReady = false;

  /** `only`: environments to serve; empty for all of stk.yaml. `onTargets`: see {@link TargetWatch}. */
  constructor(
    tools: EnvironmentTools,
    project: ProjectInForce,
    only: readonly string[],
    onTargets: () => void,
  ) {
    const { library, background, clock, log } = tools;
    this.#targets = new TargetWatch({ library, background, clock, log, onChange: onTargets });
    this.#tools = tools;
    this.#table = tools.table;
    this.#project = project;
    this.#only = only;
  }

  /** A new revision: takes over its stk.yaml and aims the environments that it concerns. Rejects with git's errors. */
  async actOn(seen: SeenRevision): Promise<void> {
    const { repo, observation } = seen;
    // Identities are only valid while history grows.
    if (!observation.isNextCommit) this.#tools.library.forgetIdentities();
    await this.#project.update(repo, observation.revision, observation.project);
    const { project } = this.#project;
    if (project === undefined) return;
    await this.aim({ ...seen, project });
    this.#targets.note(seen, this.names(project));
  }

  /** The condition RollbackTargets. */
  targetsOf(environment: string): readonly Condition[] {
    return this.#targets.conditionsOf(environment);
  }

  get(name: string): EnvironmentReconciler | undefined {
    return this.#byName.get(name);
  }

  /** `null` when it serves nothing. `undefined` when this Hub does not serve the environment. */
  servedHere(name: string): ServedHere | null | undefined {
    const one = this.#byName.get(name);
    return one === undefined ? undefined : one.serving;
  }

  get all(): readonly EnvironmentReconciler[] {
    return [...this.#byName.values()];
  }

  /** Those of stk.yaml in its order, then removed ones that are still served. */
  names(project: Project | undefined): readonly string[] {
    const listed = [...(project?.environments.keys() ?? [])].filter((name) => this.#byName.has(name));
    const removed = [...this.#byName.keys()].filter((name) => !listed.includes(name));
    return [...listed, ...removed.filter((name) => this.#table.stable(name) !== undefined)];
  }

  /** Creates a reconciler for every environment to serve that has none yet. */
  async serve(project: Project): Promise<void> {
    this.#tools.table.traffic.configure(
      [...project.pipeline.environments].flatMap(([environment, { canary }]) =>
        canary === undefined ? [] : [{ environment, of: canary.of, sticky: canary.sticky }],
      ),
    );
    for (const { name, of } of project.environments.values()) {
      if (this.#byName.has(name) || !this.#isWanted(of ?? name)) continue;
      const { records, undone, log } = this.#tools;
      const recorded = await records.read(name);
      const problem = await undone.load(name);
      if (problem !== undefined)
        log.error({ environment: name, problem }, 'the list of undone moves cannot be read');
      this.#byName.set(name, new EnvironmentReconciler(name, this.#tools, recorded));
    }
  }

  /** A canary is only served by the Hub of the environment that it shares calls with. */
  #isWanted(name: string): boolean {
    return this.#only.length === 0 || this.#only.includes(name);
  }

  /** Aims those whose pointer, settings or named release's file changed. Rejects with git's errors. */
  async aim({ repo, project, observation, before }: Aim): Promise<void> {
    await this.#tools.governed.observe({ repo, observation, before }, project);
    const isNewProject = project !== this.#aimedWith;
    if (isNewProject) await this.serve(project);
    const changed = await selectConcerned(this.all, { project, repo, before, observation, isNewProject });
    const seenAt = this.#tools.clock.now();
    const { commit, revision, isNextCommit, releases, pointers } = observation;
    const { limits } = project;
    for (const one of changed) {
      const pointer = pointers.get(one.name);
      const settings = project.environments.get(one.name);
      const environment = one.name;
      const seen = { commit, revision, isNextCommit, releases, seenAt };
      one.aim({ ...seen, environment, repo, pointer, settings, limits });
    }
    this.#aimedWith = project;
  }

  /** A fact has changed: environments that wait for it are reconciled again at once. */
  wake(fact: Fact): void {
    for (const one of this.#byName.values()) one.wake(fact);
  }

  /** Every environment with a pointer has finished its first reconcile and at least one serves; sticky. */
  isReady(environment: string | undefined): boolean {
    if (environment !== undefined) {
      const one = this.#byName.get(environment);
      return one !== undefined && isDone(one) && this.#table.stable(environment) !== undefined;
    }
    this.#isReady ||= this.#computeReady();
    return this.#isReady;
  }

  async settled(): Promise<void> {
    await Promise.all([this.#targets.settled(), ...this.all.map((one) => one.settled())]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#targets.settled(), ...this.all.map((one) => one.close())]);
  }

  #computeReady(): boolean {
    const concerned = this.all.filter((one) => one.hasPointer || one.target === undefined);
    const serves = this.all.some(({ name }) => this.#table.stable(name) !== undefined);
    return serves && concerned.every(isDone);
  }
}

/** Without a target there is nothing to finish: git cannot be read, and the release on disk is served. */
function isDone(one: EnvironmentReconciler): boolean {
  return one.hasFinished || one.target === undefined;
}
