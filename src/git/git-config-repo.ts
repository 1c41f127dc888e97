// A ConfigRepo over git: combines the readers, the history index, the watch and the Hub's own commits, and stops what
// must be stopped. Each part has its own file.
import { availableParallelism } from 'node:os';
import type { Clock } from '../kernel/clock.ts';
import { StkError } from '../kernel/errors.ts';
import { BoundedCache } from '../kernel/bounded-cache.ts';
import { CommitReader } from './objects/commit-reader.ts';
import type {
  AppendOutcome,
  CommitInfo,
  ConfigRepo,
  ConfigTree,
  FileAppend,
  FileRevision,
  HubCommit,
  HubCommitOutcome,
  PointerChange,
  TreeEntry,
} from './config-repo.ts';
import { createCommitGraph, type CommitGraph } from './history/commit-graph.ts';
import { DirectoryHistory } from './history/directory-history.ts';
import type { Mirror } from './mirror.ts';
import { createBranch, keepRef, type RefChange, type RefPlace } from './refs/keep-ref.ts';
import { listTags } from './refs/list-tags.ts';
import { ObjectReader } from './objects/object-reader.ts';
import { isRegularFile } from './objects/parse-tree.ts';
import type { RefReader } from './refs/read-ref.ts';
import { ReleaseHistory } from './history/release-history.ts';
import { readingEnvironment } from './process/git-environment.ts';
import { runGit, failureOf } from './process/run-git.ts';
import { scanHistory } from './history/scan-history.ts';
import { createSigner } from './signatures/sign-commit.ts';
import { SignatureVerifier } from './signatures/signature-verifier.ts';
import { shareWaiting } from './refs/share-waiting.ts';
import type { RefWatch } from './refs/watch-ref.ts';

export interface GitConfigRepoOptions {
  readonly location: string;
  readonly gitDirectory: string;
  readonly commonDirectory: string;
  readonly workTree: string | undefined;
  readonly ref: string;
  readonly readRef: RefReader;
  /** `undefined` for a local repository. */
  readonly mirror: Mirror | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly readPointer: (text: string) => string | undefined;
  /** File of the key that the Hub's own commits are signed with; `undefined` when they are not signed. */
  readonly signingKey?: string | undefined;
}

/** Bytes of cached texts. */
const textCacheBytes = 8 * 1024 * 1024;
const mostScanProcesses = 4;

export class GitConfigRepo implements ConfigRepo {
  readonly location: string;
  readonly gitDirectory: string;
  readonly workTree: string | undefined;
  readonly isRemote: boolean;
  readonly ref: string;
  readonly fetch: () => Promise<void>;
  readonly isShallow = async (): Promise<boolean> => (await this.#reader.shallowBoundary()).size > 0;
  readonly commit = (revision: string): Promise<CommitInfo> => this.#reader.commit(revision);
  readonly tags = (): ReturnType<typeof listTags> => listTags(this.#at, this.#options.mirror);
  readonly graph: CommitGraph;
  readonly signatures: SignatureVerifier;
  readonly signsCommits: boolean;
  readonly #options: GitConfigRepoOptions;
  /** How the repository is read. */
  readonly #at: RefPlace;
  readonly #objects: ObjectReader;
  readonly #reader: CommitReader;
  readonly #history: ReleaseHistory;
  readonly #texts = new BoundedCache<string>(textCacheBytes);
  readonly #watches = new Set<RefWatch>();
  #committing: Promise<unknown> = Promise.resolve();

  constructor(options: GitConfigRepoOptions) {
    this.#options = options;
    this.location = options.location;
    this.gitDirectory = options.gitDirectory;
    this.workTree = options.workTree;
    this.isRemote = options.mirror !== undefined;
    this.ref = options.ref;
    const { mirror, commonDirectory, environment } = options;
    this.fetch =
      mirror === undefined ? () => Promise.resolve() : shareWaiting(() => this.#fetchMirror(mirror));
    this.#objects = new ObjectReader({
      gitDirectory: commonDirectory,
      environment,
      onDamage: () => mirror?.suspect(),
    });
    this.#reader = new CommitReader(this.#objects, commonDirectory);
    this.#at = {
      gitDirectory: commonDirectory,
      environment: readingEnvironment(environment, commonDirectory),
    };
    this.graph = createCommitGraph(this.#at);
    this.signatures = new SignatureVerifier(this.#at);
    this.signsCommits = options.signingKey !== undefined;
    const reader = this.#reader;
    const processes = Math.min(availableParallelism(), mostScanProcesses);
    const scan = (tip: string, path: string) => scanHistory({ ...this.#at, tip, path, processes });
    this.#history = new ReleaseHistory({
      objects: this.#objects,
      reader,
      pointers: new DirectoryHistory({ reader, path: 'environments', scan }),
      project: new DirectoryHistory({ reader, path: 'stk.yaml', scan }),
      releases: new DirectoryHistory({ reader, path: 'releases', scan }),
      readPointer: options.readPointer,
      location: options.location,
    });
  }

  get rebuilds(): number {
    return this.#options.mirror?.rebuilds ?? 0;
  }

  async resolve(): Promise<string> {
    const revision = await this.#options.readRef(this.ref);
    if (revision !== undefined) return revision;
    throw new StkError('git-ref', `The ref ${this.ref} of ${this.location} no longer exists.`, {
      hint: 'Push the branch again, or start the Hub with another --ref.',
      details: { ref: this.ref },
    });
  }

  async tree(revision: string): Promise<ConfigTree> {
    const { tree } = await this.#reader.commit(revision);
    const [project, environments, releases] = await Promise.all(
      ['stk.yaml', 'environments', 'releases'].map((name) => this.#reader.entry(tree, name)),
    );
    return { revision, project, environments, releases };
  }

  entries(treeId: string): Promise<readonly TreeEntry[]> {
    return this.#reader.entries(treeId);
  }

  entry(treeId: string, name: string): Promise<TreeEntry | undefined> {
    return this.#reader.entry(treeId, name);
  }

  async text(blobId: string, limit: number): Promise<string> {
    const known = this.#texts.get(blobId);
    if (known !== undefined && Buffer.byteLength(known) <= limit) return known;
    const bytes = await this.#objects.read(blobId, 'blob', limit);
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new StkError('malformed', `The file (blob ${blobId}) is not UTF-8 text.`, {
        hint: 'Save it as UTF-8.',
        details: { object: blobId },
        cause,
      });
    }
    this.#texts.set(blobId, text, bytes.length + 1);
    return text;
  }

  async fileText(revision: string, path: string, limit: number): Promise<string | undefined> {
    const entry = await this.#reader.entryAt(revision, path);
    return entry !== undefined && isRegularFile(entry) ? this.text(entry.id, limit) : undefined;
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    if (ancestor === descendant) return true;
    const { parents } = await this.#reader.commit(descendant);
    if (parents.includes(ancestor)) return true;
    const command = {
      directory: this.#options.commonDirectory,
      environment: readingEnvironment(this.#options.environment, this.#options.commonDirectory),
      args: ['merge-base', '--is-ancestor', '--end-of-options', ancestor, descendant],
    };
    const output = await runGit(command);
    if (output.exitCode === 0) return true;
    if (output.exitCode === 1) return false;
    // A commit that is missing here cannot be an ancestor of one that exists.
    if ((await this.#objects.inspect(ancestor)) === undefined) return false;
    throw failureOf(command, output);
  }

  pointerChanges(request: {
    revision: string;
    environment?: string;
    limit?: number;
  }): Promise<PointerChange[]> {
    return this.#history.pointerChanges(request);
  }

  fileHistory(request: { revision: string; path: string }): Promise<FileRevision[]> {
    return this.#history.fileHistory(request);
  }

  releaseCommits(revision: string): Promise<ReadonlyMap<string, CommitInfo>> {
    return this.#history.releaseCommits(revision);
  }

  releaseIdentity(
    revision: string,
    id: string,
  ): Promise<{ readonly blob: string; readonly revision: string } | undefined> {
    return this.#history.releaseIdentity(revision, id);
  }

  readRef(ref: string): Promise<string | undefined> {
    if (ref !== this.ref && ref.startsWith('refs/heads/')) this.#options.mirror?.alsoFollow(ref);
    return this.#options.readRef(ref);
  }

  entryAt(revision: string, path: string): Promise<TreeEntry | undefined> {
    return this.#reader.entryAt(revision, path);
  }

  keepRef(ref: string, change: RefChange): Promise<boolean> {
    return keepRef(this.#at, ref, change);
  }

  async restoreBranch(ref: string, revision: string): Promise<void> {
    await this.#options.mirror?.push(revision, ref);
    await createBranch(this.#at, ref, revision);
  }

  commitFiles(change: HubCommit): Promise<HubCommitOutcome> {
    const next = this.#committing.then(async () => {
      // Loaded on first use, like the watch: a command line that only reads does not pay for it.
      const { commitForHub } = await import('./hub-commit.ts');
      const { signingKey } = this.#options;
      return commitForHub(
        {
          reader: this.#reader,
          commonDirectory: this.#options.commonDirectory,
          environment: this.#options.environment,
          ref: change.ref ?? this.ref,
          mirror: this.#options.mirror,
          clock: this.#options.clock,
          readRef: this.#options.readRef,
          fetch: this.fetch,
          sign: signingKey === undefined ? undefined : createSigner(signingKey, this.#options.environment),
          hasLanded: async (revision) => {
            await this.fetch();
            const tip = await this.readRef(change.ref ?? this.ref);
            return tip !== undefined && this.isAncestor(revision, tip);
          },
        },
        change,
      );
    });
    // The queue continues after a failure; the caller gets the error.
    this.#committing = next.catch(() => undefined);
    return next;
  }

  async appendFiles(append: FileAppend): Promise<AppendOutcome> {
    const { appendFiles } = await import('./append-files.ts');
    const { ref, message, author } = append;
    const target = {
      clock: this.#options.clock,
      tip: async () => (await this.readRef(ref)) ?? null,
      entryAt: (revision: string, path: string) => this.entryAt(revision, path),
      commit: (files: ReadonlyMap<string, string>, expected: string | null) =>
        this.commitFiles({ ref, files, message, author, expected }),
    };
    return appendFiles(target, append);
  }

  async watch(look: () => void, ref: string = this.ref): Promise<RefWatch> {
    const { watchRef } = await import('./refs/watch-ref.ts');
    const watch = await watchRef(this.#options.commonDirectory, ref, look);
    this.#watches.add(watch);
    return {
      close: async () => {
        this.#watches.delete(watch);
        await watch.close();
      },
    };
  }

  async #fetchMirror(mirror: Mirror): Promise<void> {
    const before = mirror.rebuilds;
    await mirror.fetch(this.ref);
    // The process that reads objects has files of the old mirror open.
    if (mirror.rebuilds !== before) this.#objects.restart();
  }

  hangUp(): void {
    void this.#options.mirror?.close();
  }

  async close(): Promise<void> {
    await this.#options.mirror?.close();
    this.#objects.close();
    await Promise.all([...this.#watches].map((watch) => watch.close()));
    this.#watches.clear();
  }
}
