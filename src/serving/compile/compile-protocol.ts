// The messages between the release compiler and its worker. Plain data in small messages, so that neither cloning nor
// reading one blocks the main thread.
import type { CheckOrder } from '../../model/check-order.ts';
import type { DocumentProblem } from '../../model/problem.ts';
import type { Operation, Release } from '../../model/release.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { Statement } from '../../sql/statement.ts';

export interface CompileJob extends CompileWork {
  readonly job: number;
}

export interface CompileWork {
  readonly text: string;
  readonly file: string;
  readonly id: string;
  readonly purpose: CompilePurpose;
  /** For `check`. */
  readonly order?: CheckOrder;
}

/**
 * `serve`: everything. `judge`: judges everything as for `serve`, but returns nothing needed for answering. `read`:
 * skips input schemas; enough to check a release against a database that was compiled before or will be. `check`: as
 * `judge`, and checks it against the database; only returns the verdict.
 */
export type CompilePurpose = 'serve' | 'judge' | 'read' | 'check';

/** `next`: the last parts were taken. */
export type HostMessage = CompileJob | 'next';

/** A statement, or the key of an earlier one: releases share most of their statements, and each is large. */
export type SentStatement =
  | { readonly kind: 'new'; readonly key: number; readonly statement: Statement }
  | { readonly kind: 'known'; readonly key: number }
  /** Too large to be cached. */
  | { readonly kind: 'once'; readonly statement: Statement };

/** An operation with its statement and the source of its validator. */
export interface CompiledPart {
  readonly operation: Operation;
  readonly statement: SentStatement | undefined;
  /** '' when there is no input schema, or the job does not need it. */
  readonly code: string;
}

/** First `parts` in the order of the release, then `done`; for a check, `read` and then its result; or only `problems`. */
export type CompileReport =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'parts';
      readonly job: number;
      readonly parts: readonly CompiledPart[];
      /** Earlier keys are invalid. */
      readonly forgets: boolean;
    }
  | {
      readonly kind: 'done';
      readonly job: number;
      /** Without its operations, which came in the parts. */
      readonly release: Omit<Release, 'operations'>;
      readonly configJson: string;
      readonly digest: string;
    }
  | { readonly kind: 'problems'; readonly job: number; readonly problems: readonly DocumentProblem[] }
  /** The document is valid, and the check against the database begins. */
  | { readonly kind: 'read'; readonly job: number }
  | { readonly kind: 'verdict'; readonly job: number; readonly verdict: Verdict }
  /** The check has a bug. */
  | { readonly kind: 'defect'; readonly job: number; readonly error: Error };
