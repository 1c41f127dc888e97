// What stk reads from a config repo: objects at any commit of one followed ref, without a work tree. git-config-repo.ts
// implements it with one long-lived `git cat-file --batch-command`.

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
  /** The author's mail address as written; '' when the commit has none. */
  readonly mail: string;
  /** Mails of every `Co-authored-by:` line of the message. */
  readonly coAuthors: readonly string[];
  /** Whether it has a signature, by anybody. */
  readonly isSigned: boolean;
  /** RFC 3339, committer time. */
  readonly at: string;
  readonly subject: string;
  /** Trailers as git parses them; the last one of a name wins. */
  readonly trailers: ReadonlyMap<string, string>;
}

/** Ids of a commit's content; `undefined` when the path is absent. */
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

/** One commit of the first-parent history that changed a file; ids are blob ids, `undefined` when it is absent. */
export interface FileRevision {
  readonly revision: string;
  /** Position in the chain of first parents, 0 is the oldest; comparable over all files of one revision. */
  readonly position: number;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface ConfigRepo {
  /** Path or URL as given, without credentials, for messages. */
  readonly location: string;
  /** The git directory that is read (for a URL, the mirror's). */
  readonly gitDirectory: string;
  /** `undefined` for a bare repository or a URL. */
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
   * Text of the regular file at `path` (any path, e.g. migrations/0001.sql) in `revision`; `undefined` when it does not
   * exist. Throws as `text` does.
   */
  fileText(revision: string, path: string, limit: number): Promise<string | undefined>;
  commit(revision: string): Promise<CommitInfo>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Whether the history is incomplete (shallow). */
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
  /** Moves a ref below refs/stk/ by compare and swap; `false` when it no longer has the value `expected`. */
  keepRef(ref: string, change: RefChange): Promise<boolean>;
  /** Creates a deleted branch again, at the remote too; does nothing to an existing one. */
  restoreBranch(ref: string, revision: string): Promise<void>;
  /**
   * The commit that first added each release file still present at `revision`: id → commit, the oldest first. Cached,
   * extended incrementally.
   */
  releaseCommits(revision: string): Promise<ReadonlyMap<string, CommitInfo>>;
  /**
   * The blob that identifies release `id` at `revision`: `releases/<id>.yaml` in the first first-parent commit in which
   * a pointer names `id` and the file exists. `undefined` when no pointer ever did. Index built once, extended
   * incrementally.
   */
  releaseIdentity(
    revision: string,
    id: string,
  ): Promise<{ readonly blob: string; readonly revision: string } | undefined>;
  /** How often the mirror of a URL was rebuilt: unreadable objects may have become readable. */
  readonly rebuilds: number;
  /** For a URL: fetches (one runs, one waits; more callers share the waiting one). For a local path: nothing. */
  fetch(): Promise<void>;
  /** The current value of a full ref name, of any branch; `undefined` when the ref does not exist. */
  readRef(ref: string): Promise<string | undefined>;
  /** Commit → the tags that name it; for a URL, the remote's tags. Throws `git-unavailable`. */
  tags(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The entry at `path` (parts joined by /) of any commit; `undefined` when it does not exist. */
  entryAt(revision: string, path: string): Promise<TreeEntry | undefined>;
  /** Commits files on top of `expected` by compare and swap (and pushes it, for a URL). The Hub's own commits. */
  commitFiles(change: HubCommit): Promise<HubCommitOutcome>;
  /** Adds files to a branch, which is created if missing; retries until it wins. Throws as append-files.ts does. */
  appendFiles(append: FileAppend): Promise<AppendOutcome>;
  /** Calls `look` whenever the ref (default: the followed one) may have moved; only a hint. Returns once watching has begun. */
  watch(look: () => void, ref?: string): Promise<{ close(): Promise<void> }>;
  /** Ends all contact with the remote for good; local data stays readable. */
  hangUp(): void;
  close(): Promise<void>;
}

export interface HubCommit {
  /** Full name of the branch; `undefined` for the followed one. */
  readonly ref?: string | undefined;
  /** Path → the file's text, or null to remove it. */
  readonly files: ReadonlyMap<string, string | null>;
  readonly message: string;
  readonly author: CommitAuthor;
  /** The commit that the files were decided on; `null` when the branch does not exist yet and begins with this commit. */
  readonly expected: string | null;
  /** When `expected` is null: the commit that the branch begins on; absent to begin empty. */
  readonly onto?: string | undefined;
}

export interface CommitAuthor {
  readonly name: string;
  readonly email: string;
}

export type HubCommitOutcome =
  | { readonly kind: 'committed'; readonly revision: string }
  /** The ref moved, or is just being moved: read it again. `null` when the branch does not exist (any more). */
  | {
      readonly kind: 'moved';
      readonly revision: string | null;
      /** The error to report if nobody moved the ref; `undefined` when unknown. */
      readonly refusal?: StkError;
    }
  /** The branch is checked out and its work tree is not clean: git's updateInstead refuses this too. */
  | { readonly kind: 'work-tree-dirty'; readonly paths: readonly string[] };

/** Files to add to a branch on which nothing is ever changed or removed. */
export interface FileAppend {
  /** Full name of the branch. */
  readonly ref: string;
  /** Path → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  readonly author: CommitAuthor;
  readonly signal?: AbortSignal | undefined;
}

/** `already-there`: every file existed with the same content, as of `revision`. */
export interface AppendOutcome {
  readonly kind: 'committed' | 'already-there';
  readonly revision: string;
}
