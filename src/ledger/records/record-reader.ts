// Reads the records of one release: a lookup in the tree of the records branch, the texts, and the commit that added
// each. Does not judge whether they count. Caches by the id of the release's tree.
import { recordFolder } from '../../documents/record/record-path.ts';
import { maxEvaluationBytes, parseRecord } from '../../documents/record/parse-record.ts';
import type { CommitInfo, ConfigRepo, TreeEntry } from '../../git/config-repo.ts';
import { isRegularFile } from '../../git/objects/parse-tree.ts';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import { StkError } from '../../kernel/errors.ts';
import { formatProblems } from '../../model/problem.ts';
import type { LedgerRecord } from '../../model/pipeline/record.ts';
import type { RecordsBranch } from './records-branch.ts';

/** A file of the records branch. */
export interface FoundRecord {
  readonly path: string;
  /** The commit that added it. */
  readonly commit: CommitInfo;
  readonly content:
    | { readonly kind: 'record'; readonly record: LedgerRecord }
    /** It is unreadable, or its path does not match. */
    | { readonly kind: 'broken'; readonly why: string };
}

/** A tip of the records branch, and the commits that added the records below a folder. */
export type RecordSource = Pick<RecordsBranch, 'state' | 'additionsBelow'>;

/** The most records in memory. */
const recordsKept = 20_000;

export class RecordReader {
  readonly #repo: ConfigRepo;
  readonly #branch: RecordSource;
  readonly #known = new BoundedCache<readonly FoundRecord[]>(recordsKept);

  constructor(repo: ConfigRepo, branch: RecordSource) {
    this.#repo = repo;
    this.#branch = branch;
  }

  /** In the order of the branch, the oldest first, as of the branch's last update. Throws git's errors. */
  async of(release: string): Promise<readonly FoundRecord[]> {
    const { tip = null, place } = this.#branch.state ?? {};
    const folder = recordFolder(release);
    const tree = tip === null ? undefined : await this.#repo.entryAt(tip, folder);
    if (tree?.mode !== '40000') return [];
    const key = `${tree.id} ${place?.since ?? ''}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = await this.#read(folder, tree.id);
    this.#known.set(key, found, found.length + 1);
    return found;
  }

  async #read(folder: string, treeId: string): Promise<FoundRecord[]> {
    const files = await this.#list(folder, treeId);
    const listed = [...files].map(([path, blob]) => ({ path, blob }));
    const ordered = await this.#branch.additionsBelow(folder, listed);
    return Promise.all(
      ordered.map(async ({ path, commit }) => ({
        path,
        commit: await this.#repo.commit(commit),
        content: await this.#content(path, files.get(path) ?? ''),
      })),
    );
  }

  /** Path → blob of every file, one folder deep. */
  async #list(folder: string, treeId: string): Promise<Map<string, string>> {
    const files = new Map<string, string>();
    const isFolder = (entry: TreeEntry): boolean => entry.mode === '40000';
    for (const kind of (await this.#repo.entries(treeId)).filter(isFolder)) {
      for (const file of (await this.#repo.entries(kind.id)).filter(isRegularFile))
        files.set(`${folder}/${kind.name}/${file.name}`, file.id);
    }
    return files;
  }

  async #content(path: string, blob: string): Promise<FoundRecord['content']> {
    try {
      const parsed = parseRecord(await this.#repo.text(blob, maxEvaluationBytes), { path });
      if (parsed.ok) return { kind: 'record', record: parsed.value };
      return { kind: 'broken', why: formatProblems(parsed.problems.slice(0, 3)) };
    } catch (thrown) {
      const isBroken = thrown instanceof StkError && ['too-large', 'malformed'].includes(thrown.code);
      if (!isBroken) throw thrown;
      return { kind: 'broken', why: thrown.message };
    }
  }
}
