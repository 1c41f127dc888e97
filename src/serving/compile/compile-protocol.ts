// What the release compiler and its worker say to each other. Plain data, in small messages, so that neither cloning
// nor reading one holds up the main thread.
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
 * `serve`: all of it. `judge`: all is looked at as for `serve`, and what it takes to answer stays behind. `read`: input
 * schemas are not looked at; enough to ask a database whether a release fits that was compiled before or will be. `check`:
 * as `judge`, and the database is asked right there; the verdict is all that comes back.
 */
export type CompilePurpose = 'serve' | 'judge' | 'read' | 'check';

/** `next`: the last parts are taken. */
export type HostMessage = CompileJob | 'next';

/** A statement, or the key of one that came before: releases share most of theirs, and each is large. */
export type SentStatement =
  | { readonly kind: 'new'; readonly key: number; readonly statement: Statement }
  | { readonly kind: 'known'; readonly key: number }
  /** Too large to be remembered. */
  | { readonly kind: 'once'; readonly statement: Statement };

/** An operation with its statement and the source of its validator. */
export interface CompiledPart {
  readonly operation: Operation;
  readonly statement: SentStatement | undefined;
  /** '': none, for want of an input schema or because of the job's purpose. */
  readonly code: string;
}

/** First `parts` in the order of the release, then `done`; or, for a check, `read` and then how it ended; or `problems` alone. */
export type CompileReport =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'parts';
      readonly job: number;
      readonly parts: readonly CompiledPart[];
      /** The keys that came before are void. */
      readonly forgets: boolean;
    }
  | {
      readonly kind: 'done';
      readonly job: number;
      /** Without its operations: they came in the parts. */
      readonly release: Omit<Release, 'operations'>;
      readonly configJson: string;
      readonly digest: string;
    }
  | { readonly kind: 'problems'; readonly job: number; readonly problems: readonly DocumentProblem[] }
  /** The document is sound, and the database is asked from now on. */
  | { readonly kind: 'read'; readonly job: number }
  | { readonly kind: 'verdict'; readonly job: number; readonly verdict: Verdict }
  /** The check has a defect. */
  | { readonly kind: 'defect'; readonly job: number; readonly error: Error };
