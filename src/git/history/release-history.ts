// Which commits named and added a release: a release's identity and the commits that added release files, from the
// histories of environments/ and releases/. Does not read the content of releases.
import type { CommitReader } from '../objects/commit-reader.ts';
import type { CommitInfo, FileRevision, PointerChange } from '../config-repo.ts';
import type { DirectoryHistory, FolderChange } from './directory-history.ts';
import { shallowError } from '../process/git-failure.ts';
import type { ObjectReader } from '../objects/object-reader.ts';
import { isRegularFile } from '../objects/parse-tree.ts';

/** From this commit until `until` (exclusive; `undefined` when still), a pointer names the release. */
interface Naming {
  readonly from: number;
  until: number | undefined;
}

export interface ReleaseHistoryOptions {
  readonly objects: ObjectReader;
  readonly reader: CommitReader;
  readonly pointers: DirectoryHistory;
  readonly releases: DirectoryHistory;
  readonly project: DirectoryHistory;
  /** The release that a pointer file's text names; `undefined` when unreadable. Never throws. */
  readonly readPointer: (text: string) => string | undefined;
  readonly location: string;
}

const extension = '.yaml';
/** A pointer larger than this names nothing. */
const pointerLimit = 64 * 1024;

export class ReleaseHistory {
  readonly #options: ReleaseHistoryOptions;
  /** Pointer blob → release. One for each distinct pointer blob of the history. */
  readonly #named = new Map<string, string | undefined>();
  #namings = new Map<string, Naming[]>();
  /** Pointer file → what it currently names. */
  #open = new Map<string, { readonly release: string; readonly naming: Naming }>();
  #counted = 0;
  #cuts = 0;
  #busy: Promise<unknown> = Promise.resolve();
  readonly #identities = new Map<
    string,
    { readonly blob: string; readonly revision: string; readonly position: number }
  >();

  constructor(options: ReleaseHistoryOptions) {
    this.#options = options;
  }

  async pointerChanges(request: {
    revision: string;
    environment?: string;
    limit?: number;
  }): Promise<PointerChange[]> {
    const { pointers, reader } = this.#options;
    const wanted = await this.#oneAtATime(async () => {
      const position = await pointers.position(request.revision);
      const found: {
        at: string;
        environment: string;
        before: string | undefined;
        after: string | undefined;
      }[] = [];
      for (const change of pointers.changes.toReversed()) {
        if (found.length >= (request.limit ?? Number.POSITIVE_INFINITY)) break;
        const environment = idOf(change.name);
        if (change.position > position || environment === undefined || pointers.isCutOff(change)) continue;
        if (request.environment !== undefined && request.environment !== environment) continue;
        found.push({
          at: pointers.revisionAt(change.position),
          environment,
          before: change.before,
          after: change.after,
        });
      }
      return found;
    });
    return Promise.all(
      wanted.map(async ({ at, ...change }) => ({ commit: await reader.commit(at), ...change })),
    );
  }

  /** First-parent history of one file of the three indexes, newest first. */
  async fileHistory(request: { revision: string; path: string }): Promise<FileRevision[]> {
    const [folder = '', name = folder] = request.path.split('/');
    const { pointers, releases, project } = this.#options;
    const history = { environments: pointers, releases, 'stk.yaml': project }[folder];
    if (history === undefined) throw new RangeError(`no history of ${request.path} is indexed`);
    return this.#oneAtATime(async () => {
      const last = await history.position(request.revision);
      return history.changes
        .filter((change) => change.name === name && change.position <= last)
        .map(({ position, before, after }) => ({
          revision: history.revisionAt(position),
          position,
          before,
          after,
        }))
        .reverse();
    });
  }

  /** The oldest first. Leaves out releases that exist in a shallow clone's oldest commit. */
  async releaseCommits(revision: string): Promise<ReadonlyMap<string, CommitInfo>> {
    const { reader } = this.#options;
    const added = await this.#oneAtATime(() => this.#additions(revision));
    const folder = await reader.entryAt(revision, 'releases');
    const entries = folder?.mode === '40000' ? await reader.entries(folder.id) : [];
    const present = new Set(entries.filter(isRegularFile).map((entry) => idOf(entry.name)));
    const found = new Map<string, CommitInfo>();
    const known = await Promise.all(
      [...added]
        .filter(([id]) => present.has(id))
        .map(async ([id, commit]) => [id, await reader.commit(commit)] as const),
    );
    for (const [id, commit] of known) found.set(id, commit);
    return found;
  }

  releaseIdentity(
    revision: string,
    id: string,
  ): Promise<{ readonly blob: string; readonly revision: string } | undefined> {
    return this.#oneAtATime(async () => {
      const position = await this.#options.pointers.position(revision);
      await this.#countNamings();
      const first = this.#identities.get(id) ?? (await this.#findIdentity(id, position));
      if (first === undefined || first.position > position) return undefined;
      this.#identities.set(id, first);
      return { blob: first.blob, revision: first.revision };
    });
  }

  /** Release id → the commit that first added its file, up to `revision`. */
  async #additions(revision: string): Promise<Map<string, string>> {
    const { releases } = this.#options;
    const position = await releases.position(revision);
    const added = new Map<string, string>();
    for (const change of releases.changes) {
      const id = idOf(change.name);
      if (change.position > position) break;
      if (id === undefined || change.before !== undefined || added.has(id) || releases.isCutOff(change))
        continue;
      added.set(id, releases.revisionAt(change.position));
    }
    return added;
  }

  async #findIdentity(id: string, position: number) {
    await this.#refuseHiddenHistory(id);
    for (const naming of this.#namings.get(id) ?? []) {
      if (naming.from > position) continue;
      const atOnce = await this.#releaseAt(id, naming.from);
      if (atOnce !== undefined) return atOnce;
      const added = await this.#firstAddition(id, naming, position);
      if (added !== undefined) return added;
    }
    return undefined;
  }

  async #releaseAt(id: string, position: number) {
    const revision = this.#options.pointers.revisionAt(position);
    const entry = await this.#options.reader.entryAt(revision, `releases/${id}${extension}`);
    return entry !== undefined && isRegularFile(entry) ? { blob: entry.id, revision, position } : undefined;
  }

  /** The pointer came before the file: the first commit with the file while the pointer still names the release. */
  async #firstAddition(id: string, naming: Naming, position: number) {
    const { pointers, releases } = this.#options;
    const last = await releases.position(pointers.revisionAt(position));
    const until = Math.min(naming.until ?? position + 1, position + 1);
    const revisions = releases.changes
      .filter(
        (change) =>
          change.name === `${id}${extension}` && change.after !== undefined && change.position <= last,
      )
      .map((change) => releases.revisionAt(change.position));
    for (const revision of revisions) {
      const at = await pointers.position(revision);
      if (at > naming.from && at < until) return this.#releaseAt(id, at);
    }
    return undefined;
  }

  // A pointer may have named a release in a shallow clone's oldest commit earlier, with other bytes.
  async #refuseHiddenHistory(id: string): Promise<void> {
    const { pointers, reader, location } = this.#options;
    const start = pointers.shallowStart;
    if (start === undefined) return;
    const entry = await reader.entryAt(start, `releases/${id}${extension}`);
    if (entry !== undefined) throw shallowError(location, `the identity of release ${id}`);
  }

  // Indexes change while they are extended; code that reads them by position must see one state.
  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#busy.then(work);
    // The queue continues after a failure; the caller gets the error.
    this.#busy = next.catch(() => undefined);
    return next;
  }

  async #countNamings(): Promise<void> {
    const { pointers } = this.#options;
    if (pointers.cuts === this.#cuts && pointers.changes.length === this.#counted) return;
    const isRewritten = pointers.cuts !== this.#cuts;
    const fresh = pointers.changes.slice(isRewritten ? 0 : this.#counted);
    await this.#readPointers(fresh.flatMap((change) => change.after ?? []));
    if (isRewritten) {
      this.#namings = new Map();
      this.#open = new Map();
      this.#identities.clear();
    }
    for (const change of fresh) this.#apply(change);
    this.#counted = pointers.changes.length;
    this.#cuts = pointers.cuts;
  }

  #apply({ name, position, after }: FolderChange): void {
    if (idOf(name) === undefined) return;
    const release = after === undefined ? undefined : this.#named.get(after);
    const current = this.#open.get(name);
    if (current !== undefined && current.release === release) return;
    if (current !== undefined) current.naming.until = position;
    this.#open.delete(name);
    if (release === undefined) return;
    const naming: Naming = { from: position, until: undefined };
    this.#open.set(name, { release, naming });
    const namings = this.#namings.get(release);
    if (namings === undefined) this.#namings.set(release, [naming]);
    else namings.push(naming);
  }

  async #readPointers(blobs: readonly string[]): Promise<void> {
    const unread = [...new Set(blobs)].filter((blob) => !this.#named.has(blob));
    await Promise.all(
      unread.map(async (blob) => {
        const found = await this.#options.objects.inspect(blob);
        const isReadable = found?.type === 'blob' && found.size <= pointerLimit;
        const bytes = isReadable ? await this.#options.objects.read(blob, 'blob', pointerLimit) : undefined;
        this.#named.set(blob, bytes === undefined ? undefined : this.#releaseIn(bytes.toString('utf8')));
      }),
    );
  }

  #releaseIn(text: string): string | undefined {
    return plainRelease(text) ?? this.#options.readPointer(text);
  }
}

/** The release of a pointer as stk writes it, without the YAML parser: a first start reads thousands. */
function plainRelease(text: string): string | undefined {
  const id = /^(?:#[^\r\n]*\n)*release: (v[0-9][A-Za-z0-9._-]{0,62})\n?$/.exec(text)?.[1];
  return id;
}

function idOf(file: string): string | undefined {
  return file.endsWith(extension) ? file.slice(0, -extension.length) : undefined;
}
