// An in-memory index of the changes to one folder, or one file at the root, of the config repo: commit by commit, along
// the first parents. It scans once and is extended for new commits. When the branch was rewound or force-pushed, it is
// cut back to the fork.
import type { CommitReader } from '../objects/commit-reader.ts';
import type { TreeEntry } from '../config-repo.ts';
import { diffTrees, isRegularFile } from '../objects/parse-tree.ts';
import type { ScannedHistory } from './scan-history.ts';

export interface FolderChange {
  /** Position in the chain of first parents, 0 is the oldest. */
  readonly position: number;
  /** File name in the folder; for a single file, its own name. */
  readonly name: string;
  /** Blob ids; `undefined` when there is no regular file on that side. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** How many new commits are followed in-process; git scans more. */
const longestWalk = 256;

export interface DirectoryHistoryOptions {
  readonly reader: CommitReader;
  /** A folder or a file at the root. */
  readonly path: string;
  scan(tip: string, path: string): Promise<ScannedHistory>;
}

export class DirectoryHistory {
  readonly #options: DirectoryHistoryOptions;
  #chain: string[] = [];
  #positions = new Map<string, number>();
  #changes: FolderChange[] = [];
  #boundary: ReadonlySet<string> = new Set();
  #cuts = 0;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(options: DirectoryHistoryOptions) {
    this.#options = options;
  }

  /** Oldest first. */
  get changes(): readonly FolderChange[] {
    return this.#changes;
  }

  /** Grows when indexed history was removed. */
  get cuts(): number {
    return this.#cuts;
  }

  revisionAt(position: number): string {
    const revision = this.#chain[position];
    if (revision === undefined) throw new RangeError(`no commit at ${position}`);
    return revision;
  }

  /** The first commit of the chain, if a shallow clone was cut off there. */
  get shallowStart(): string | undefined {
    const first = this.#chain[0];
    return first !== undefined && this.#boundary.has(first) ? first : undefined;
  }

  /** Whether the change is at the start of a shallow clone, where everything looks added: earlier history is unknown. */
  isCutOff(change: FolderChange): boolean {
    return change.position === 0 && this.shallowStart !== undefined;
  }

  /** Extends the index to `revision`; returns its position. One at a time. */
  position(revision: string): Promise<number> {
    const known = this.#positions.get(revision);
    if (known !== undefined && this.shallowStart === undefined) return Promise.resolve(known);
    const next = this.#busy.then(() => this.#include(revision));
    // The queue continues after a failure; the caller gets the error.
    this.#busy = next.catch(() => undefined);
    return next;
  }

  async #include(revision: string): Promise<number> {
    const isCompleted = await this.#wasCompleted();
    const known = this.#positions.get(revision);
    if (known !== undefined && !isCompleted) return known;
    const walked = this.#chain.length === 0 || isCompleted ? undefined : await this.#walk(revision);
    if (walked === undefined) await this.#rebuild(revision);
    else await this.#extend(walked.from, walked.revisions);
    return this.#chain.length - 1;
  }

  /** Whether somebody has fetched the history before the start of the chain (`git fetch --unshallow`). */
  async #wasCompleted(): Promise<boolean> {
    const start = this.shallowStart;
    return start !== undefined && !(await this.#options.reader.shallowBoundary()).has(start);
  }

  /** New commits, oldest first, and the indexed position that they follow; `undefined` when too far away, or unrelated. */
  async #walk(revision: string): Promise<{ from: number; revisions: string[] } | undefined> {
    const revisions: string[] = [];
    let at: string | undefined = revision;
    while (at !== undefined && revisions.length < longestWalk) {
      const from = this.#positions.get(at);
      if (from !== undefined) return { from, revisions: revisions.reverse() };
      revisions.push(at);
      if (this.#boundary.has(at)) return undefined;
      at = (await this.#options.reader.commit(at)).parents[0];
    }
    return undefined;
  }

  async #extend(from: number, revisions: readonly string[]): Promise<void> {
    const found: { revision: string; changes: Omit<FolderChange, 'position'>[] }[] = [];
    let before = await this.#files(this.revisionAt(from));
    for (const revision of revisions) {
      const after = await this.#files(revision);
      found.push({ revision, changes: changesBetween(before, after) });
      before = after;
    }
    // Everything has been read; from here on it cannot fail halfway.
    if (from < this.#chain.length - 1) this.#cutAfter(from);
    for (const { revision, changes } of found) {
      const position = this.#chain.push(revision) - 1;
      this.#positions.set(revision, position);
      for (const change of changes) this.#changes.push({ position, ...change });
    }
  }

  #cutAfter(position: number): void {
    for (const gone of this.#chain.splice(position + 1)) this.#positions.delete(gone);
    this.#changes = this.#changes.filter((change) => change.position <= position);
    this.#cuts += 1;
  }

  async #rebuild(revision: string): Promise<void> {
    const { reader, path, scan } = this.#options;
    const boundary = await reader.shallowBoundary();
    const scanned = await scan(revision, path);
    const positions = new Map(scanned.chain.map((id, index) => [id, index]));
    const changes: FolderChange[] = [];
    for (const { revision: at, ...change } of scanned.changes) {
      const position = positions.get(at);
      if (position !== undefined) changes.push({ position, ...change });
    }
    if (this.#chain.length > 0) this.#cuts += 1;
    this.#chain = [...scanned.chain];
    this.#positions = positions;
    this.#changes = changes;
    this.#boundary = boundary;
  }

  async #files(revision: string): Promise<{ id: string; entries: readonly TreeEntry[] } | undefined> {
    const found = await this.#options.reader.entryAt(revision, this.#options.path);
    if (found === undefined) return undefined;
    if (found.mode !== '40000') return { id: found.id, entries: [found] };
    return { id: found.id, entries: await this.#options.reader.entries(found.id) };
  }
}

function changesBetween(
  before: { id: string; entries: readonly TreeEntry[] } | undefined,
  after: { id: string; entries: readonly TreeEntry[] } | undefined,
): Omit<FolderChange, 'position'>[] {
  if (before?.id === after?.id) return [];
  const blob = (entry: TreeEntry | undefined): string | undefined =>
    entry !== undefined && isRegularFile(entry) ? entry.id : undefined;
  return diffTrees(before?.entries ?? [], after?.entries ?? [])
    .map((difference) => ({
      name: difference.name,
      before: blob(difference.before),
      after: blob(difference.after),
    }))
    .filter((change) => change.before !== change.after);
}
