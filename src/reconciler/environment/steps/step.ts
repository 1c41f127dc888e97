// What a step of a reconcile gets, and how it ends: it goes on with what it found, or stops with a reason.
import type { CommitInfo, ConfigRepo, TreeEntry } from '../../../git/config-repo.ts';
import { asStkError, type StkError } from '../../../kernel/errors.ts';
import type { Finding } from '../../../model/finding.ts';
import type { EnvironmentSettings, Limits } from '../../../model/project.ts';
import type { StopReason } from '../../status/reasons.ts';

/** What one revision says about one environment. */
export interface Target {
  readonly environment: string;
  readonly repo: ConfigRepo;
  readonly revision: string;
  readonly commit: CommitInfo;
  /** Whether `revision` is the first-parent child of the revision observed before it, so that only it can have changed things. */
  readonly isNextCommit: boolean;
  readonly pointer: TreeEntry | undefined;
  /** The tree `releases/`. */
  readonly releases: string | undefined;
  /** Undefined: stk.yaml does not list the environment (any more). */
  readonly settings: EnvironmentSettings | undefined;
  readonly limits: Limits;
  /** When the loop saw the revision, milliseconds since the epoch. */
  readonly seenAt: number;
}

export type StepOutcome<T> =
  { readonly kind: 'continue'; readonly value: T } | { readonly kind: 'stop'; readonly stop: Stop };

export interface Stop {
  readonly reason: StopReason;
  readonly error: StkError;
  readonly findings: readonly Finding[];
}

export function proceed<T>(value: T): StepOutcome<T> {
  return { kind: 'continue', value };
}

export function stopWith(
  reason: StopReason,
  error: StkError,
  findings: readonly Finding[] = [],
): StepOutcome<never> {
  return { kind: 'stop', stop: { reason, error, findings } };
}

/** A thrown failure as a stop: what git or its clone is to blame for by its code, anything unforeseen as InternalError. */
export function stopForThrown(thrown: unknown, unreadable: StopReason): StepOutcome<never> {
  const error = asStkError(thrown);
  switch (error.code) {
    case 'git-corrupt':
      return stopWith(unreadable, error);
    case 'git-failed':
    case 'git-unavailable':
    case 'git-missing':
    case 'git-ownership':
    case 'git-shallow':
      return stopWith('GitFailed', error);
    default:
      return stopWith('InternalError', error);
  }
}
