// What stk reads of a config repo: objects at any commit of one followed ref, without a work tree.
// git-config-repo.ts implements it over one long-lived `git cat-file --batch-command`.

import type { StkError } from '../kernel/errors.ts';
import type { CommitGraph } from './history/commit-graph.ts';
import type { RefChange } from './refs/keep-ref.ts';
import type { SignatureVerifier } from './signatures/signature-verifier.ts';

export interface TreeEntry {
  readonly name: string;
  /** Octal text as git prints it: 100644, 100755, 120000 (symlink), 160000 (submodule), 40000. */
  readonly mode: string;
  readonly id: string;
}

export interface CommitInfo {
  readonly revision: string;
  readonly parents: readonly string[];
  /** `Name <mail>` of the author. */
  readonly by: string;
  /** The author's mail alone, as written; '' where the commit has none. */
  readonly mail: string;
  /** Mails of every `Co-authored-by:` line of the message. */
  readonly coAuthors: readonly string[];
  /** Whether it carries a signature; nothing is said of who signed it. */
  readonly isSigned: boolean;
  /** RFC 3339, committer time. */
  readonly at: string;
  readonly subject: string;
  /** Trailers as git parses them; the last one of a name wins. */
  readonly trailers: ReadonlyMap<string, string>;
}

/** Ids of what a commit holds; undefined where the path is absent. */
export interface ConfigTree {
  readonly revision: string;
  readonly project: TreeEntry | undefined;
  readonly environments: TreeEntry | undefined;
  readonly releases: TreeEntry | undefined;
}

/** One commit of the first-parent history of the ref that changed `environments/<env>.yaml`. */
export interface PointerChange {
  readonly commit: CommitInfo;
  readonly environment: string;
  /** Blob ids; `undefined` when the file is absent on that side. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** One commit of the first-parent history that changed a file; ids are those of blobs, undefined where it is absent. */
export interface FileRevision {
  readonly revision: string;
  /** Place in the chain of first parents, 0 is the oldest; comparable over all files of one revision. */
  readonly position: number;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface ConfigRepo {
  /** Path or URL as given, without credentials: for people. */
  readonly location: string;
  /** The git directory that is read (the mirror's, for a URL). */
  readonly gitDirectory: string;
  /** Undefined for a bare repository or a URL. */
  readonly workTree: string | undefined;
  readonly isRemote: boolean;
  /** Full name, refs/heads/main. */
  readonly ref: string;
  /** The commit that the ref names right now; throws StkError `git-ref` when it is gone, `git-corrupt`, `git-failed`. */
  resolve(): Promise<string>;
  tree(revision: string): Promise<ConfigTree>;
  /** Entries of a tree object; cached by id. */
  entries(treeId: string): Promise<readonly TreeEntry[]>;
  /** One entry of a tree object, without materialising a large tree; cached by tree id. */
  entry(treeId: string, name: string): Promise<TreeEntry | undefined>;
  /** A blob's bytes as UTF-8; throws `too-large` beyond `limit` bytes, `malformed` when it is not UTF-8, `git-corrupt`. */
  text(blobId: string, limit: number): Promise<string>;
  /**
   * Text of the regular file at `path` (any path, e.g. migrations/0001.sql) in `revision`; `undefined` when there is none.
   * Throws as `text` does.
   */
  fileText(revision: string, path: string, limit: number): Promise<string | undefined>;
  commit(revision: string): Promise<CommitInfo>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Whether history is cut off somewhere. */
  isShallow(): Promise<boolean>;
  /** First-parent history of pointer files, newest first. */
  pointerChanges(options: {
    revision: string;
    environment?: string;
    limit?: number;
  }): Promise<PointerChange[]>;
  /**
   * First-parent history of one file, newest first: `stk.yaml`, or one directly in `environments/` or `releases/`. Indexed
   * once, extended incrementally.
   */
  fileHistory(request: { revision: string; path: string }): Promise<FileRevision[]>;
  /** Questions about commits that no index answers. */
  readonly graph: CommitGraph;
  /** Whether commits are signed, and by whose key. */
  readonly signatures: Pick<SignatureVerifier, 'verify'>;
  /** Whether the Hub's own commits are signed. */
  readonly signsCommits: boolean;
  /** Moves a ref below refs/stk/ by compare and swap; false: it does not hold `expected` any more. */
  keepRef(ref: string, change: RefChange): Promise<boolean>;
  /** Makes a branch that was deleted again, at the remote too; nothing happens to one that is there. */
  restoreBranch(ref: string, revision: string): Promise<void>;
  /**
   * The commit that first added each release file still present at `revision`: id → commit, the oldest first. Cached,
   * extended incrementally.
   */
  releaseCommits(revision: string): Promise<ReadonlyMap<string, CommitInfo>>;
  /**
   * The blob that is release `id`'s identity at `revision`: `releases/<id>.yaml` in the first first-parent commit
   * in which a pointer names `id` and the file exists. `undefined` when no pointer ever did. Index built once, extended incrementally.
   */
  releaseIdentity(
    revision: string,
    id: string,
  ): Promise<{ readonly blob: string; readonly revision: string } | undefined>;
  /** How often the mirror of a URL was made anew: what could not be read may be readable since. */
  readonly rebuilds: number;
  /** For a URL: fetches (one runs, one waits; more callers share the waiting one). For a local path: nothing. */
  fetch(): Promise<void>;
  /** What a full ref name, of any branch, holds right now; `undefined` when there is no such ref. */
  readRef(ref: string): Promise<string | undefined>;
  /** Commit → the tags that name it; of a URL, those of the remote. Throws `git-unavailable`. */
  tags(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The entry at `path` (parts joined by /) of any commit; `undefined` when nothing is there. */
  entryAt(revision: string, path: string): Promise<TreeEntry | undefined>;
  /** Commits files on top of `expected` by compare and swap (and pushes it, for a URL). The Hub's own commits. */
  commitFiles(change: HubCommit): Promise<HubCommitOutcome>;
  /** Adds files to a branch, which is made if it is not there; retried until it is won. Throws as append-files.ts says. */
  appendFiles(append: FileAppend): Promise<AppendOutcome>;
  /** Calls `look` whenever the ref may have moved (undefined: the one that is followed); a hint. Returns once watching has begun. */
  watch(look: () => void, ref?: string): Promise<{ close(): Promise<void> }>;
  /** Ends what talks to the remote, for good; what is here can still be read. */
  hangUp(): void;
  close(): Promise<void>;
}

export interface HubCommit {
  /** Full name of the branch; `undefined` when the one that is followed. */
  readonly ref?: string | undefined;
  /** Path → the file's text, or null to remove it. */
  readonly files: ReadonlyMap<string, string | null>;
  readonly message: string;
  readonly author: CommitAuthor;
  /** The commit that the files were decided on; `null` when the branch is not there yet, and begins with this commit. */
  readonly expected: string | null;
  /** Where `expected` is null: the commit that the branch begins on; absent: it begins with nothing. */
  readonly onto?: string | undefined;
}

export interface CommitAuthor {
  readonly name: string;
  readonly email: string;
}

export type HubCommitOutcome =
  | { readonly kind: 'committed'; readonly revision: string }
  /** The ref moved, or is just being moved; look again. `null` when there is no such branch (any more). */
  | {
      readonly kind: 'moved';
      readonly revision: string | null;
      /** What to say where it turns out that nobody moved it; `undefined` when nothing is known. */
      readonly refusal?: StkError;
    }
  /** The branch is checked out and the work tree is not clean there: as git's updateInstead refuses. */
  | { readonly kind: 'work-tree-dirty'; readonly paths: readonly string[] };

/** Files to be added to a branch on which nothing is ever changed or removed. */
export interface FileAppend {
  /** Full name of the branch. */
  readonly ref: string;
  /** Path → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  readonly author: CommitAuthor;
  readonly signal?: AbortSignal | undefined;
}

/** `already-there`: every file was there with the same content, as of `revision`. */
export interface AppendOutcome {
  readonly kind: 'committed' | 'already-there';
  readonly revision: string;
}
