// Which environments a new revision concerns: those whose pointer, settings or release file (desired or served) changed
// since the previously observed revision. Compares ids; only reads tree entries.
import type { ConfigRepo, TreeEntry } from '../../git/config-repo.ts';
import type { Project } from '../../model/project.ts';
import type { EnvironmentReconciler } from '../environment/environment-reconciler.ts';
import type { Observation } from './observe-repo.ts';

export interface ObservedChange {
  readonly repo: ConfigRepo;
  readonly project: Project;
  /** Another project is in force than at the last revision. */
  readonly isNewProject: boolean;
  readonly before: Observation | undefined;
  readonly observation: Observation;
}

export async function selectConcerned(
  all: readonly EnvironmentReconciler[],
  { repo, project, isNewProject, before, observation }: ObservedChange,
): Promise<ReadonlySet<EnvironmentReconciler>> {
  if (before === undefined) return new Set(all);
  const concerned = new Set<EnvironmentReconciler>();
  if (isNewProject) {
    for (const one of all) if (one.target === undefined || hasNewSettings(one, project)) concerned.add(one);
  }
  if (before.pointers !== observation.pointers) {
    for (const one of all) {
      if (!isSame(before.pointers.get(one.name), observation.pointers.get(one.name))) concerned.add(one);
    }
  }
  if (before.releases !== observation.releases) {
    for (const one of await namingChangedRelease(all, repo, [before.releases, observation.releases]))
      concerned.add(one);
  }
  return concerned;
}

function hasNewSettings({ name, target }: EnvironmentReconciler, project: Project): boolean {
  return (
    JSON.stringify(target?.settings) !== JSON.stringify(project.environments.get(name)) ||
    JSON.stringify(target?.limits) !== JSON.stringify(project.limits)
  );
}

/** One lookup for each release, however many environments name it. */
async function namingChangedRelease(
  all: readonly EnvironmentReconciler[],
  repo: ConfigRepo,
  trees: readonly (string | undefined)[],
): Promise<EnvironmentReconciler[]> {
  const byRelease = new Map<string, EnvironmentReconciler[]>();
  for (const one of all) {
    for (const release of one.namedReleases) {
      const naming = byRelease.get(release);
      if (naming === undefined) byRelease.set(release, [one]);
      else naming.push(one);
    }
  }
  const changed: EnvironmentReconciler[] = [];
  for (const [release, ones] of byRelease) {
    const [was, is] = await Promise.all(
      trees.map(async (tree) => (tree === undefined ? undefined : repo.entry(tree, `${release}.yaml`))),
    );
    if (!isSame(was, is)) changed.push(...ones);
  }
  return changed;
}

function isSame(was: TreeEntry | undefined, is: TreeEntry | undefined): boolean {
  return was?.id === is?.id && was?.mode === is?.mode;
}
