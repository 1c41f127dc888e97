// The releases of the config repo as the control plane shows them: a list with the newest first, and one document.
// Reads only what it shows, and each blob once. A whole release is parsed on another thread, because this one answers
// calls.
import type { CommitInfo, TreeEntry } from '../../git/config-repo.ts';
import { isRegularFile } from '../../git/objects/parse-tree.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import { maxReleaseBytes } from '../../documents/release/parse-release.ts';
import { readReleaseSummary, type ReleaseSummary } from '../../documents/release/read-release-summary.ts';
import type { Release } from '../../model/release.ts';
import type { HubState } from '../../reconciler/hub-state.ts';

/** The most cached summaries. */
const maxKept = 500;

/** One entry of `GET …/releases`; `null` for what the file does not have. */
export interface ListedRelease {
  readonly release: string;
  readonly ref: string | null;
  readonly createdAt: string | null;
  readonly notes: string | null;
  /** The commit that added the file. */
  readonly revision: string | null;
  readonly by: string | null;
  readonly at: string | null;
  /** Whether the pointer of the requested environment, or of any, names it. */
  readonly current: boolean;
}

/** Which of the releases are listed. */
export interface ReleasePage {
  readonly limit: number;
  /** So many newer ones are left out. */
  readonly skip: number;
  /** Part of the id, in any case; '' is part of every one. */
  readonly search: string;
}

interface ReleaseFile {
  readonly id: string;
  readonly blob: string;
  readonly added: CommitInfo | undefined;
}

export class ReleaseCatalog {
  readonly #state: HubState;
  readonly #summaries = new Map<string, ReleaseSummary>();

  constructor(state: HubState) {
    this.#state = state;
  }

  /** Releases by the commit that added them, the newest first, then by creation time, then by id. */
  async list(page: ReleasePage, isCurrent: (release: string) => boolean): Promise<readonly ListedRelease[]> {
    const newest = await this.#newestFiles(page);
    const listed = await Promise.all(newest.map((file) => this.#describe(file, isCurrent)));
    return listed.sort(compareListed);
  }

  /** Ids of the newest `limit` releases by the commit that added them, then by id; reads no file. */
  async newest(limit: number): Promise<readonly string[]> {
    return (await this.#newestFiles({ limit, skip: 0, search: '' })).map(({ id }) => id);
  }

  /** The release as committed; throws `unknown-release` or `release-invalid`. */
  async read(id: string): Promise<Release> {
    const revision = await this.#revision();
    const { releases } = await this.#state.repo.tree(revision);
    const entry =
      releases === undefined || !isId(id)
        ? undefined
        : await this.#state.repo.entry(releases.id, `${id}.yaml`);
    if (entry === undefined || !isRegularFile(entry)) throw unknownRelease(id, revision);
    return this.#state.readRelease(id, entry.id);
  }

  async #newestFiles({ limit, skip, search }: ReleasePage): Promise<readonly ReleaseFile[]> {
    const revision = await this.#revision();
    const { repo } = this.#state;
    const { releases } = await repo.tree(revision);
    if (releases === undefined) return [];
    const added = await repo.releaseCommits(revision);
    const sought = search.toLowerCase();
    const files = (await repo.entries(releases.id))
      .flatMap((entry) => toReleaseFile(entry, added))
      .filter(({ id }) => id.toLowerCase().includes(sought));
    return files.sort(compareNewest).slice(skip, skip + limit);
  }

  async #revision(): Promise<string> {
    return this.#state.observedRevision() ?? this.#state.repo.resolve();
  }

  async #describe(file: ReleaseFile, isCurrent: (release: string) => boolean): Promise<ListedRelease> {
    const { ref, createdAt, notes } = await this.#summaryOf(file.blob);
    return {
      release: file.id,
      ref: ref || null,
      createdAt: createdAt || null,
      notes,
      revision: file.added?.revision ?? null,
      by: file.added?.by ?? null,
      at: file.added?.at ?? null,
      current: isCurrent(file.id),
    };
  }

  async #summaryOf(blob: string): Promise<ReleaseSummary> {
    const known = this.#summaries.get(blob);
    if (known !== undefined) return known;
    const summary = await this.#read(blob);
    if (this.#summaries.size >= maxKept) this.#summaries.clear();
    this.#summaries.set(blob, summary);
    return summary;
  }

  /** A file above the size limit of a release has no summary. */
  async #read(blob: string): Promise<ReleaseSummary> {
    try {
      return readReleaseSummary(await this.#state.repo.text(blob, maxReleaseBytes));
    } catch (thrown) {
      const { code } = asStkError(thrown);
      if (code !== 'too-large' && code !== 'malformed') throw thrown;
      return { ref: '', createdAt: '', notes: null };
    }
  }
}

export function unknownRelease(id: string, revision: string): StkError {
  const named = isId(id) ? `${id} (no file releases/${id}.yaml at ${revision.slice(0, 12)})` : 'of that name';
  return new StkError('unknown-release', `there is no release ${named}`, {
    hint: 'stk release list shows every release.',
    details: isId(id) ? { release: id, revision } : { revision },
  });
}

function toReleaseFile(entry: TreeEntry, added: ReadonlyMap<string, CommitInfo>): readonly ReleaseFile[] {
  const id = entry.name.endsWith('.yaml') ? entry.name.slice(0, -'.yaml'.length) : '';
  return isRegularFile(entry) && isId(id) ? [{ id, blob: entry.id, added: added.get(id) }] : [];
}

function compareNewest(a: ReleaseFile, b: ReleaseFile): number {
  return compareTimes(a.added?.at, b.added?.at) || compareIds(a.id, b.id);
}

function compareListed(a: ListedRelease, b: ListedRelease): number {
  return (
    compareTimes(a.at, b.at) || compareTimes(a.createdAt, b.createdAt) || compareIds(a.release, b.release)
  );
}

/** Later first; entries without a time last. */
function compareTimes(a: string | null | undefined, b: string | null | undefined): number {
  const [left, right] = [a, b].map((time) => (typeof time === 'string' ? Date.parse(time) : 0));
  return (right ?? 0) - (left ?? 0);
}

/** Made once: `localeCompare` with options makes its rules anew, which takes most of a second for 10,000 ids. */
const numeric = new Intl.Collator('en', { numeric: true });

/** v1.10.0 before v1.9.0. */
function compareIds(a: string, b: string): number {
  return numeric.compare(b, a);
}
