// What a stage of a reconcile gets and how it ends. Each stage is one file of this folder; environment/reconcile.ts puts them
// into a list. A stage that acquires something pushes its undo, which runs when the reconcile ends, whatever its end.
import type { CommitInfo, ConfigRepo, TreeEntry } from '../../git/config-repo.ts';
import { asStkError, type StkError } from '../../kernel/errors.ts';
import type { Finding } from '../../model/finding.ts';
import type { EnvironmentSettings, Limits } from '../../model/project.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { StopReason } from '../status/reasons.ts';
import type { Fact } from '../status/facts.ts';

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
  /** `undefined` when stk.yaml does not list the environment (any more). */
  readonly settings: EnvironmentSettings | undefined;
  readonly limits: Limits;
  /** When the loop saw the revision, milliseconds since the epoch. */
  readonly seenAt: number;
}

/** `In`: what the stages before it found. `More`: what this one adds. */
export type Stage<In, More> = (found: In) => StageOutcome<More> | Promise<StageOutcome<More>>;

export type StageOutcome<T> = Continue<T> | Wait | Stop;

export interface Continue<T> {
  readonly kind: 'continue';
  readonly value: T;
}

/** The answer is not known yet: the reconcile runs again by itself, without a person who corrects something. */
export interface Wait {
  readonly kind: 'wait';
  readonly reason: StopReason;
  readonly message: string;
  readonly hint?: string;
  readonly findings: readonly Finding[];
  /** When to reconcile again, milliseconds since the epoch; undefined: as reasons.ts says of the reason. */
  readonly until?: number | undefined;
  /** Facts whose change can give another answer. */
  readonly wakes: readonly Fact[];
  /** What the check said, if it is what the reconcile waits for. */
  readonly verdict?: Verdict | undefined;
}

/** The desired release cannot be served as things are. */
export interface Stop {
  readonly kind: 'stop';
  readonly reason: StopReason;
  readonly error: StkError;
  readonly findings: readonly Finding[];
  readonly wakes: readonly Fact[];
  /** What the check said, if it is what stopped the reconcile. */
  readonly verdict?: Verdict | undefined;
}

/** A reconcile that did not get to its end. */
export type Unfinished = Wait | Stop;

export function isUnfinished<T extends { readonly kind: string }>(
  end: T | undefined,
): end is Extract<T, Unfinished> {
  return end?.kind === 'wait' || end?.kind === 'stop';
}

export function proceed<T>(value: T): Continue<T> {
  return { kind: 'continue', value };
}

export function stopWith(
  reason: StopReason,
  error: StkError,
  { findings = [], wakes = [], verdict }: Partial<Pick<Stop, 'findings' | 'wakes' | 'verdict'>> = {},
): Stop {
  return { kind: 'stop', reason, error, findings, wakes, verdict };
}

/** A thrown failure as a stop: what git or its clone is to blame for by its code, anything unforeseen as InternalError. */
export function stopForThrown(thrown: unknown, unreadable: StopReason): Stop {
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

/** What people read of it. */
export function explain(unfinished: Unfinished): {
  readonly message: string;
  readonly hint: string | undefined;
} {
  const { message, hint } = unfinished.kind === 'stop' ? unfinished.error : unfinished;
  return { message, hint };
}
