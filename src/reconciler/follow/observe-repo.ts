// The content of one config repo revision, as ids: enough to detect changes without reading it. The list of pointers is
// only read again when the tree `environments/` changed.
import { freezeFolder, vetoFolder } from '../../model/pipeline/freeze.ts';
import { waiverFolder } from '../../model/migration.ts';
import type { CommitInfo, ConfigRepo, TreeEntry } from '../../git/config-repo.ts';

export interface Observation {
  readonly commit: CommitInfo;
  readonly revision: string;
  readonly project: TreeEntry | undefined;
  readonly environments: string | undefined;
  /** Tree id of `releases/`. */
  readonly releases: string | undefined;
  /** Ids of `freezes/` and `vetoes/`; '' when absent. */
  readonly stops: string;
  /** Id of `waivers/`; '' when absent. */
  readonly waivers: string;
  /** By environment. */
  readonly pointers: ReadonlyMap<string, TreeEntry>;
  /** Its first parent is the previously observed revision. */
  readonly isNextCommit: boolean;
}

const pointerFile = /^(.+)\.yaml$/;

/** Throws git's errors: the revision cannot be read. */
export async function observeRepo(
  repo: ConfigRepo,
  revision: string,
  before: Observation | undefined,
): Promise<Observation> {
  const [tree, commit, waivers, ...stops] = await Promise.all([
    repo.tree(revision),
    repo.commit(revision),
    repo.entryAt(revision, waiverFolder),
    repo.entryAt(revision, freezeFolder),
    repo.entryAt(revision, vetoFolder),
  ]);
  const environments = treeId(tree.environments);
  const isSame = before !== undefined && before.environments === environments;
  return {
    commit,
    revision,
    project: tree.project,
    environments,
    releases: treeId(tree.releases),
    stops: stops.every((entry) => entry === undefined) ? '' : stops.map((entry) => entry?.id ?? '').join(' '),
    waivers: waivers?.id ?? '',
    pointers: isSame ? before.pointers : await readPointers(repo, environments),
    isNextCommit: before !== undefined && commit.parents[0] === before.revision,
  };
}

async function readPointers(
  repo: ConfigRepo,
  tree: string | undefined,
): Promise<ReadonlyMap<string, TreeEntry>> {
  const pointers = new Map<string, TreeEntry>();
  if (tree === undefined) return pointers;
  for (const entry of await repo.entries(tree)) {
    const environment = pointerFile.exec(entry.name)?.[1];
    if (environment !== undefined) pointers.set(environment, entry);
  }
  return pointers;
}

/** A link or a file in place of a folder counts as empty. */
function treeId(entry: TreeEntry | undefined): string | undefined {
  return entry !== undefined && /^0?40000$/.test(entry.mode) ? entry.id : undefined;
}
