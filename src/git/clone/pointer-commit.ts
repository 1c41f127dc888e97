// A request to commit one file, such as a pointer, and its outcomes. commit-local.ts and commit-upstream.ts implement
// it.
import type { Clock } from '../../kernel/clock.ts';

export interface PointerCommit {
  /** Such as environments/<env>.yaml or freezes/<name>.yaml. */
  readonly path: string;
  /** `null` to remove the file. */
  readonly content: string | null;
  /** New files in the same commit: path → text. */
  readonly also?: ReadonlyMap<string, string> | undefined;
  readonly message: string;
  /** The blob of the file that was decided on; `undefined` when it did not exist. */
  readonly expectedPointerBlob: string | undefined;
  /** `Name <mail>`, for author and committer; `undefined` for git's own identity. */
  readonly author: string | undefined;
  readonly clock: Clock;
  /** Removes temporary data and stops. */
  readonly signal: AbortSignal | undefined;
}

export type PointerCommitOutcome =
  | {
      readonly kind: 'committed';
      readonly revision: string;
      readonly pushed: boolean;
      /** What the operator should know, e.g. why the local branch was not moved. */
      readonly notes: readonly string[];
    }
  /** Somebody else moved the same pointer first. `undefined` blob: they deleted it. */
  | {
      readonly kind: 'lost';
      readonly by: string;
      readonly revision: string;
      readonly blob: string | undefined;
    };

/** Where and with which environment a working copy's git commands run. */
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
