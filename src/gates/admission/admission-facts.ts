// The facts that admission needs about the move that a pointer requests. Plain values: the reconciler collects them
// from the ledger, the state directory and what it serves.
import type { MoveClass } from '../../model/pipeline/record.ts';
import type { Freeze, Veto } from '../../model/pipeline/freeze.ts';
import type { GateFacts } from '../../model/pipeline/gate-facts.ts';
import type { Hold, Hotfix, Override } from '../../model/pointer.ts';

/** A release and its content: the git blob id of its file. */
export interface Content {
  readonly release: string;
  readonly digest: string;
}

export interface AdmissionFacts {
  readonly desired: Content;
  /** What this Hub serves in this environment; `undefined` when it serves nothing. */
  readonly serving: Content | undefined;
  /** Whether the environment ever served anything, as far as is known. */
  readonly hasServed: boolean;
  readonly ran: RanFacts;
  readonly move: MoveFacts;
  /** All of the project, broken ones included. */
  readonly freezes: readonly Freeze[];
  /** The veto on the desired release. */
  readonly veto: Veto | undefined;
  readonly gates: Omit<GateFacts, 'now' | 'environment' | 'hotfix'>;
  /** For a canary: what the environment that it shares calls with serves. `undefined` when it is not a canary. */
  readonly shared?: SharedFacts | undefined;
}

export interface SharedFacts {
  readonly environment: string;
  /** `undefined` when none exists. */
  readonly serving: (Content & { readonly fits: boolean }) | undefined;
}

/** Whether this environment activated the desired content before, and smoke, canary or a trigger did not undo that. */
export interface RanFacts {
  /** From the events that count, including the outbox. `unknown`: none mentions it, or they cannot be read. */
  readonly events: RanState;
  /** From this Hub's own memory, the state directory. */
  readonly memory: RanState;
  /**
   * The pointer named it in a first-parent commit whose stk.yaml lists the environment and that is older than the first
   * commit that gives it `from` or gates; or in that commit, if it is the first with a stk.yaml.
   */
  readonly isNamedBeforeGates: boolean;
  /** The class in the event of the activation by the same pointer commit: by another Hub, or before this one was killed. */
  readonly told?: MoveClass | undefined;
}

export type RanState = 'ran' | 'undone' | 'unknown';

export interface MoveFacts {
  /** Whether the pointer commit counts, where signatures are required. */
  readonly trust: { readonly counts: true } | { readonly counts: false; readonly why: string };
  /** Made by automation, not by a person. */
  readonly isAutomatic: boolean;
  readonly hold: Hold | undefined;
  /** `commit`: the one that wrote the key. */
  readonly hotfix: (Hotfix & { readonly commit: string }) | undefined;
  /** `by`: the author (signer) of the commit that wrote the key. */
  readonly override: (Override & { readonly by: string }) | undefined;
  /**
   * The newest commit that changed `release:` here, if it also changes stk.yaml or trust/ against its first parent, and
   * the environment has `from` or gates before or after it.
   */
  readonly policyChange: { readonly commit: string; readonly files: readonly string[] } | undefined;
}
