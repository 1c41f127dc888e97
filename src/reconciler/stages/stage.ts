// The input and the end of a reconcile's stage. Each stage is one file of this folder; environment/reconcile.ts lists
// them. A stage that acquires something pushes its undo, which runs at the end of the reconcile in every case.
import type { CommitInfo, ConfigRepo, TreeEntry } from '../../git/config-repo.ts';
import { asStkError, type StkError } from '../../kernel/errors.ts';
import type { Finding } from '../../model/finding.ts';
import type { EnvironmentSettings, Limits } from '../../model/project.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { StopReason } from '../status/reasons.ts';
import type { Fact } from '../status/facts.ts';

/** What one revision contains about one environment. */
export interface Target {
  readonly environment: string;
  readonly repo: ConfigRepo;
  readonly revision: string;
  readonly commit: CommitInfo;
  /**
   * Whether `revision` is the first-parent child of the previously observed revision, so that only it can have changed
   * things.
   */
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

/** `In`: the results of earlier stages. `More`: what this one adds. */
export type Stage<In, More> = (found: In) => StageOutcome<More> | Promise<StageOutcome<More>>;

export type StageOutcome<T> = Continue<T> | Wait | Stop;

export interface Continue<T> {
  readonly kind: 'continue';
  readonly value: T;
}

/** The answer is not known yet: the reconcile runs again, without a correction by a person. */
export interface Wait {
  readonly kind: 'wait';
  readonly reason: StopReason;
  readonly message: string;
  readonly hint?: string;
  readonly findings: readonly Finding[];
  /** When to reconcile again, milliseconds since the epoch; `undefined` for the rule of the reason in reasons.ts. */
  readonly until?: number | undefined;
  /** Facts whose change may change the answer. */
  readonly wakes: readonly Fact[];
  /** The check's verdict, if the reconcile waits because of it. */
  readonly verdict?: Verdict | undefined;
}

/** The desired release cannot be served in this state. */
export interface Stop {
  readonly kind: 'stop';
  readonly reason: StopReason;
  readonly error: StkError;
  readonly findings: readonly Finding[];
  readonly wakes: readonly Fact[];
  /** The check's verdict, if it stopped the reconcile. */
  readonly verdict?: Verdict | undefined;
}

/** A reconcile that did not complete. */
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

/** A thrown error as a stop: errors of git or its clone by their code, unexpected ones as InternalError. */
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

/** Its text for people. */
export function explain(unfinished: Unfinished): {
  readonly message: string;
  readonly hint: string | undefined;
} {
  const { message, hint } = unfinished.kind === 'stop' ? unfinished.error : unfinished;
  return { message, hint };
}
