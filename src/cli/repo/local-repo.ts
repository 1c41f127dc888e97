// What the commands need of the operator's clone of the config repo. open-local-repo.ts builds it on src/git.
import type { PointerEdit } from '../../documents/edit-pointer.ts';
import type { AppendOutcome, CommitAuthor, ConfigRepo, FileAppend } from '../../git/config-repo.ts';
import type { Change } from '../../promotion/change.ts';
import type { FilesBeside } from '../../promotion/plan.ts';
import type { NamedBeside } from '../../promotion/named-beside.ts';

export interface LocalRepo {
  /** Reads whatever the clone holds. */
  readonly reader: ConfigRepo;
  /** The commit that decisions are made on: the fetched tip of the upstream, or the branch's own. Fetched once. */
  tip(): Promise<string>;
  /** Full id of a commit; throws `git-ref` when there is no such one. */
  resolve(reference: string): Promise<string>;
  /** A file's text at a revision; `undefined` when there is none. */
  file(revision: string, path: string): Promise<string | undefined>;
  /** The `.yaml` files of a folder at a revision: name without the ending → blob id. */
  documents(revision: string, folder: 'environments' | 'releases'): Promise<ReadonlyMap<string, string>>;
  /** Pointer history of an environment, newest first. */
  changes(revision: string, environment: string): Promise<readonly Change[]>;
  /** Where history names a release beside the first parents; `undefined` means nowhere. */
  namedBeside(revision: string, environment: string, release: string): Promise<NamedBeside | undefined>;
  /** The commit that added each release: id → who and when. */
  releaseCommits(
    revision: string,
  ): Promise<ReadonlyMap<string, { revision: string; by: string; at: string }>>;
  /** The file that a release is, by the first pointer that named it; `undefined` when none did. Throws `git-shallow`. */
  releaseIdentity(
    revision: string,
    release: string,
  ): Promise<{ readonly blob: string; readonly revision: string } | undefined>;
  /** Whether history is cut off somewhere. */
  isShallow(): Promise<boolean>;
  /** The newest commit that both contain. Throws `git-shallow` when the clone does not tell, `git-ref` when there is none. */
  mergeBase(a: string, b: string): Promise<string>;
  /** Whether this clone has the commit. */
  has(revision: string): Promise<boolean>;
  /** Undefined when this clone lacks one of them. */
  isAncestor(ancestor: string, descendant: string): Promise<boolean | undefined>;
  /** Does what a commit of the pointer needs and what writes nothing, so that it happens while something else is waited for. */
  prepareCommit(environment: string): Promise<void>;
  /** Throws `git-ref` when the branch here is not the one that the Hub follows; `undefined` when it was not asked. */
  requireBranch(hubRef: string | undefined): void;
  commitPointer(commit: LocalPointerCommit): Promise<LocalCommitOutcome>;
  /** Puts the same commit on a branch of its own, and moves nothing. Throws `conflict` where another one is there. */
  proposePointer(commit: Omit<LocalPointerCommit, 'hubRef'> & { readonly branch: string }): Promise<Proposed>;
  /** Adds releases/<id>.yaml. `lost`: somebody else added it first; `release` is then undefined. */
  commitRelease(commit: LocalReleaseCommit): Promise<LocalCommitOutcome>;
  /** Writes, changes or removes one file that is neither a pointer nor a release. */
  commitFile(commit: LocalFileCommit): Promise<LocalCommitOutcome>;
  /** Whether git signs the operator's commits. */
  signsCommits(): Promise<boolean>;
  /** Who commits. Throws `git-identity`. */
  identity(author: string | undefined): Promise<CommitAuthor>;
  /** Adds files to a branch, at the remote if there is one: `remote`, else that of the upstream, else `origin`. */
  appendFiles(
    append: FileAppend,
    remote: string | undefined,
  ): Promise<AppendOutcome & { readonly pushedTo: string | null }>;
  /** The tip of such a branch, fetched; `null` when there is none. */
  branchTip(ref: string, remote: string | undefined): Promise<string | null>;
  /** The commit that a tag names; `undefined` when there is no such tag in this clone. */
  findTag(name: string): Promise<string | undefined>;
  /** An annotated tag, pushed where there is an upstream. */
  tag(tag: LocalTag): Promise<{ readonly pushed: boolean }>;
  close(): Promise<void>;
}

export interface Proposed {
  readonly revision: string;
  /** The remote; `null` when it is in this clone alone. */
  readonly pushedTo: string | null;
  /** The branch to merge into, without refs/heads/. */
  readonly into: string;
  /** False: the same proposal was there. */
  readonly isNew: boolean;
}

export interface LocalPointerCommit {
  readonly environment: string;
  /** Full name of the ref that the Hub follows; `undefined` when it was not asked. */
  readonly hubRef: string | undefined;
  readonly to: string;
  /** What the pointer says beside the release; absent: a new move, which drops `hotfix` and `override` and keeps `hold`. */
  readonly keys?: Omit<PointerEdit, 'release'> | undefined;
  /** Files that the same commit adds. */
  readonly beside?: FilesBeside | undefined;
  readonly message: string;
  /** `Name <mail>`; `undefined` means git's own identity. */
  readonly author: string | undefined;
}

export interface LocalFileCommit {
  readonly path: string;
  /** `null` when it is removed. */
  readonly content: string | null;
  /** The blob that it was decided on; `undefined` when there was no file. */
  readonly expected: string | undefined;
  readonly message: string;
  readonly author: string | undefined;
  readonly hubRef: string | undefined;
}

export interface LocalReleaseCommit {
  readonly release: string;
  readonly document: string;
  readonly message: string;
  /** `Name <mail>`; `undefined` means git's own identity. */
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
  /** The same pointer was moved by somebody else meanwhile. */
  | {
      readonly kind: 'lost';
      readonly by: string;
      readonly revision: string;
      readonly release: string | undefined;
    };
