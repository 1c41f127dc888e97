// What the commands need from the operator's clone of the config repo. open-local-repo.ts builds it on src/git.
import type { PointerEdit } from '../../documents/edit-pointer.ts';
import type { AppendOutcome, CommitAuthor, ConfigRepo, FileAppend } from '../../git/config-repo.ts';
import type { Change } from '../../promotion/change.ts';
import type { FilesBeside } from '../../promotion/plan.ts';
import type { NamedBeside } from '../../promotion/named-beside.ts';

export interface LocalRepo {
  /** Reads everything in the clone. */
  readonly reader: ConfigRepo;
  /** The commit that decisions are based on: the fetched tip of the upstream, or the branch's own. Fetched once. */
  tip(): Promise<string>;
  /** Full id of a commit; throws `git-ref` when it does not exist. */
  resolve(reference: string): Promise<string>;
  /** A file's text at a revision; `undefined` when it does not exist. */
  file(revision: string, path: string): Promise<string | undefined>;
  /** The `.yaml` files of a folder at a revision: name without `.yaml` → blob id. */
  documents(revision: string, folder: 'environments' | 'releases'): Promise<ReadonlyMap<string, string>>;
  /** Pointer history of an environment, newest first. */
  changes(revision: string, environment: string): Promise<readonly Change[]>;
  /** Where history outside the first parents names a release; `undefined` when nowhere. */
  namedBeside(revision: string, environment: string, release: string): Promise<NamedBeside | undefined>;
  /** The commit that added each release: id → who and when. */
  releaseCommits(
    revision: string,
  ): Promise<ReadonlyMap<string, { revision: string; by: string; at: string }>>;
  /** The blob of a release when a pointer first named it; `undefined` when none did. Throws `git-shallow`. */
  releaseIdentity(
    revision: string,
    release: string,
  ): Promise<{ readonly blob: string; readonly revision: string } | undefined>;
  /** Whether the history is incomplete (shallow). */
  isShallow(): Promise<boolean>;
  /** The newest common commit. Throws `git-shallow` when the clone does not have it, `git-ref` when none exists. */
  mergeBase(a: string, b: string): Promise<string>;
  /** Whether this clone has the commit. */
  has(revision: string): Promise<boolean>;
  /** `undefined` when this clone lacks one of them. */
  isAncestor(ancestor: string, descendant: string): Promise<boolean | undefined>;
  /** Does the preparation for a commit of the pointer that writes nothing, during another wait. */
  prepareCommit(environment: string): Promise<void>;
  /** Throws `git-ref` when this branch is not the one that the Hub follows; `undefined` when that is unknown. */
  requireBranch(hubRef: string | undefined): void;
  commitPointer(commit: LocalPointerCommit): Promise<LocalCommitOutcome>;
  /** Puts the same commit on a separate branch, and moves nothing. Throws `conflict` when that branch has another one. */
  proposePointer(commit: Omit<LocalPointerCommit, 'hubRef'> & { readonly branch: string }): Promise<Proposed>;
  /** Adds releases/<id>.yaml. `lost`: somebody else added it first; `release` is then undefined. */
  commitRelease(commit: LocalReleaseCommit): Promise<LocalCommitOutcome>;
  /** Writes, changes or removes one file that is neither a pointer nor a release. */
  commitFile(commit: LocalFileCommit): Promise<LocalCommitOutcome>;
  /** Whether git signs the operator's commits. */
  signsCommits(): Promise<boolean>;
  /** The committer. Throws `git-identity`. */
  identity(author: string | undefined): Promise<CommitAuthor>;
  /** Adds files to a branch, at the remote if there is one: `remote`, else the upstream's, else `origin`. */
  appendFiles(
    append: FileAppend,
    remote: string | undefined,
  ): Promise<AppendOutcome & { readonly pushedTo: string | null }>;
  /** The fetched tip of such a branch; `null` when it does not exist. */
  branchTip(ref: string, remote: string | undefined): Promise<string | null>;
  /** The commit that a tag names; `undefined` when this clone has no such tag. */
  findTag(name: string): Promise<string | undefined>;
  /** An annotated tag, pushed when there is an upstream. */
  tag(tag: LocalTag): Promise<{ readonly pushed: boolean }>;
  close(): Promise<void>;
}

export interface Proposed {
  readonly revision: string;
  /** The remote; `null` when only this clone has it. */
  readonly pushedTo: string | null;
  /** The branch to merge into, without refs/heads/. */
  readonly into: string;
  /** False when the same proposal existed. */
  readonly isNew: boolean;
}

export interface LocalPointerCommit {
  readonly environment: string;
  /** Full name of the ref that the Hub follows; `undefined` when unknown. */
  readonly hubRef: string | undefined;
  readonly to: string;
  /** The pointer's keys beside the release; absent for a new move, which drops `hotfix` and `override` and keeps `hold`. */
  readonly keys?: Omit<PointerEdit, 'release'> | undefined;
  /** Files that the same commit adds. */
  readonly beside?: FilesBeside | undefined;
  readonly message: string;
  /** `Name <mail>`; `undefined` for git's own identity. */
  readonly author: string | undefined;
}

export interface LocalFileCommit {
  readonly path: string;
  /** `null` to remove it. */
  readonly content: string | null;
  /** The blob that it was decided on; `undefined` when the file did not exist. */
  readonly expected: string | undefined;
  readonly message: string;
  readonly author: string | undefined;
  readonly hubRef: string | undefined;
}

export interface LocalReleaseCommit {
  readonly release: string;
  readonly document: string;
  readonly message: string;
  /** `Name <mail>`; `undefined` for git's own identity. */
  readonly author: string | undefined;
}

export interface LocalTag {
  readonly name: string;
  /** Full id of the commit. */
  readonly revision: string;
  readonly message: string;
  readonly author: string | undefined;
}

export type LocalCommitOutcome =
  | {
      readonly kind: 'committed';
      readonly revision: string;
      readonly pushed: boolean;
      readonly notes: readonly string[];
    }
  /** Somebody else moved the same pointer meanwhile. */
  | {
      readonly kind: 'lost';
      readonly by: string;
      readonly revision: string;
      readonly release: string | undefined;
    };
