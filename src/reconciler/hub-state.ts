// The face that the reconciler shows to the HTTP server: what is served, what is known, and the few things
// that a request may ask for. reconciler.ts implements it.
import type { ConfigRepo } from '../git/config-repo.ts';
import type { StkError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Project } from '../model/project.ts';
import type { EventRecord } from '../model/pipeline/record.ts';
import type { Release } from '../model/release.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { CompiledRelease } from '../serving/compile/compiled-release.ts';
import type { ServingTable } from '../serving/serving-table.ts';
import type { SmokeReport } from '../smoke/run-smoke.ts';
import type { EvaluationScore } from './admission/facts/evaluation-facts.ts';
import type { Explanation } from './admission/explanation.ts';
import type { AutoStatus } from './auto/present-auto.ts';
import type { CanaryDesk } from './canary/canary-desk.ts';
import type { MatrixOutcome } from './environment/check-matrix.ts';
import type { ChosenTarget, TargetKind } from './undo/choose-target.ts';
import type { EnvironmentStatus } from './status/status.ts';

export interface HubState {
  readonly canaries: Pick<CanaryDesk, 'view' | 'ask'>;
  /** What the Hub promotes by itself: how it stands, and what would happen now; `undefined` when there is none. Throws what git throws. */
  readonly auto: { view(environment: string): Promise<AutoStatus | undefined> };
  readonly repo: ConfigRepo;
  readonly table: ServingTable;
  /** The project settings in force. */
  project(): Project;
  /** Names of the environments that this Hub serves, in stk.yaml's order. */
  environments(): readonly string[];
  status(environment: string): EnvironmentStatus | undefined;
  /** Every environment with a pointer finished its first reconcile and at least one serves; sticky. */
  isReady(environment?: string): boolean;
  /** Revision that the loop has observed last; undefined before the first. */
  observedRevision(): string | undefined;
  /** Fetches (for a URL), reads the ref and reconciles what changed; resolves when that is done. */
  sync(): Promise<void>;
  /** What activation asks, without the swap. */
  check(environment: string, what: Candidate): Promise<CheckOutcome>;
  /**
   * The operations of what is served (undefined), or of a release, and what the database says that they answer. Rejects with
   * what refuses the release, `not-active`, `database-unavailable`.
   */
  describe(environment: string, release: string | undefined): Promise<DescribedRelease>;
  /**
   * Runs the smoke tests: of what is served, or of a candidate. `attempts`: of each test, 3 by default. Rejects with what refuses
   * the release, and `not-active`.
   */
  smoke(environment: string, release: string | undefined, attempts?: number): Promise<SmokeOutcome>;
  /** Which of `releases` (ids) fit the environment's database right now; asked all at once, remembered while it stays as it is. */
  checkMatrix(environment: string, releases: readonly string[]): Promise<MatrixOutcome>;
  /** Where the environment can go back to; `mustFit`: among those that fit. Rejects with `git-unavailable`, `unknown-environment`. */
  rollbackTarget(environment: string, kind: TargetKind, mustFit?: boolean): Promise<ChosenTarget>;
  /** May a release enter the environment? The answer that admission would give, and what is missing. */
  explain(environment: string, what: MoveQuestion): Promise<ExplainOutcome>;
  /** The release of a file that git has, parsed off the way of calls. Rejects with `release-invalid`, or what git throws. */
  readRelease(release: string, blob: string): Promise<Release>;
  /** The newest scores of what the environment serves, by evaluation. None where they cannot be read. */
  scores(environment: string): Promise<readonly EvaluationScore[]>;
  /** Notifications that nobody acknowledged yet. */
  readonly notifications: Pick<Notifier, 'list' | 'retry'>;
  /** A call failed with this SQLSTATE: the database may have changed under the serving release. */
  noteCallFailure(environment: string): void;
  /** Tells changes from now on; gives what ends it. Nothing is awaited, and nothing may be thrown. */
  watch(watcher: StateWatcher): () => void;
  /** Resolves when the environment's `observedRevision` contains `revision` and it has finished reconciling, or after `ms`. */
  waitUntilObserved(environment: string, revision: string, ms: number): Promise<void>;
}

export interface StateWatcher {
  /** The status of this environment may be another one; `undefined` means of every environment. */
  changed(environment: string | undefined): void;
  /** What gates rest on is another: records, stops, the policy, what serves. */
  factChanged(): void;
  /** An event of this Hub is on the disk, on its way to the records branch. */
  told(event: EventRecord): void;
}

export type Candidate =
  /**
   * An id at the observed revision. `forMove`: a pointer is about to name it, and it is made ready to be served. `isRollback`: to
   * go back to it, which no file of the environment refuses.
   */
  | { readonly release: string; readonly forMove: boolean; readonly isRollback?: boolean }
  | { readonly document: string };

export interface DescribedRelease {
  readonly compiled: CompiledRelease;
  /** JSON Schema of the result, by operation. */
  readonly results: ReadonlyMap<string, JsonObject>;
}

export interface SmokeOutcome {
  readonly release: string;
  readonly report: SmokeReport;
}

export interface MoveQuestion {
  /** An id at the observed revision; `undefined` means what the pointer names. */
  readonly release: string | undefined;
  /** Who would make the move; `undefined` when it is not known. */
  readonly author: string | undefined;
}

export type ExplainOutcome =
  | { readonly kind: 'explained'; readonly explanation: Explanation }
  /** The release is unknown, invalid or mutated, or git cannot be read. */
  | { readonly kind: 'refused'; readonly error: StkError };

export type CheckOutcome =
  | { readonly kind: 'checked'; readonly release: string; readonly verdict: Verdict }
  /** The release is unknown, invalid or mutated. */
  | { readonly kind: 'refused'; readonly error: StkError };
