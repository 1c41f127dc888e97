// What a command line asks for when it commits one file, such as a pointer, and how that can end. commit-local.ts and
// commit-upstream.ts do it.
import type { Clock } from '../../kernel/clock.ts';

export interface PointerCommit {
  /** Such as environments/<env>.yaml or freezes/<name>.yaml. */
  readonly path: string;
  /** `null` when the file is removed. */
  readonly content: string | null;
  /** New files that go with it: path → text. */
  readonly also?: ReadonlyMap<string, string> | undefined;
  readonly message: string;
  /** The file's blob that was decided on; `undefined` when there was none. */
  readonly expectedPointerBlob: string | undefined;
  /** `Name <mail>`, for author and committer; `undefined` means git's own identity. */
  readonly author: string | undefined;
  readonly clock: Clock;
  /** Removes what is temporary and stops. */
  readonly signal: AbortSignal | undefined;
}

export type PointerCommitOutcome =
  | {
      readonly kind: 'committed';
      readonly revision: string;
      readonly pushed: boolean;
      /** What the operator should know, e.g. why the local branch was left where it is. */
      readonly notes: readonly string[];
    }
  /** Somebody else moved the same pointer first. Blob undefined: they deleted it. */
  | {
      readonly kind: 'lost';
      readonly by: string;
      readonly revision: string;
      readonly blob: string | undefined;
    };

/** Where and with what the git commands of a working copy run. */
export interface WorkingCopyContext {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Upstream {
  readonly remote: string;
  /** Full ref at the remote. */
  readonly remoteRef: string;
  /** Full name of the local tracking ref. */
  readonly trackingRef: string;
}
