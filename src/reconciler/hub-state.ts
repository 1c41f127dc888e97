// The reconciler's interface for the HTTP server: what is served, its state, and the few requests that it accepts.
// reconciler.ts implements it.
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
  /** The state of automatic promotion, and what would happen now; `undefined` when none exists. Throws git's errors. */
  readonly auto: { view(environment: string): Promise<AutoStatus | undefined> };
  readonly repo: ConfigRepo;
  readonly table: ServingTable;
  /** The project settings in force. */
  project(): Project;
  /** Names of the environments that this Hub serves, in stk.yaml's order. */
  environments(): readonly string[];
  status(environment: string): EnvironmentStatus | undefined;
  /** Every environment with a pointer has finished its first reconcile and at least one serves; sticky. */
  isReady(environment?: string): boolean;
  /** The last revision that the loop has observed; `undefined` before the first. */
  observedRevision(): string | undefined;
  /** Fetches (for a URL), reads the ref and reconciles what changed; resolves afterwards. */
  sync(): Promise<void>;
  /** The same questions as for an activation, without the swap. */
  check(environment: string, what: Candidate): Promise<CheckOutcome>;
  /**
   * The operations of the served release (undefined) or of a given one, and the database's description of their
   * results. Rejects with the refusal of the release, `not-active`, `database-unavailable`.
   */
  describe(environment: string, release: string | undefined): Promise<DescribedRelease>;
  /**
   * Runs the smoke tests, of the served release or of a candidate. `attempts`: for each test, default 3. Rejects with
   * the refusal of the release, and `not-active`.
   */
  smoke(environment: string, release: string | undefined, attempts?: number): Promise<SmokeOutcome>;
  /** Which of `releases` (ids) fit the environment's database right now; all in one check, cached while it is unchanged. */
  checkMatrix(environment: string, releases: readonly string[]): Promise<MatrixOutcome>;
  /**
   * Which release the environment can roll back to; `mustFit`: only one that fits. Rejects with `git-unavailable`,
   * `unknown-environment`.
   */
  rollbackTarget(environment: string, kind: TargetKind, mustFit?: boolean): Promise<ChosenTarget>;
  /** May a release enter the environment? The answer of admission, and what is missing. */
  explain(environment: string, what: MoveQuestion): Promise<ExplainOutcome>;
  /** The release in a file from git, parsed outside the thread for calls. Rejects with `release-invalid`, or git's errors. */
  readRelease(release: string, blob: string): Promise<Release>;
  /** The newest scores of the served release, by evaluation. Empty when they cannot be read. */
  scores(environment: string): Promise<readonly EvaluationScore[]>;
  /** Notifications that were not acknowledged yet. */
  readonly notifications: Pick<Notifier, 'list' | 'retry'>;
  /** A call failed with this SQLSTATE: the database may have changed under the serving release. */
  noteCallFailure(environment: string): void;
  /** Calls `watcher` for changes from now on; returns the function that ends it. Does not wait, and must not throw. */
  watch(watcher: StateWatcher): () => void;
  /** Resolves when the environment's `observedRevision` contains `revision` and it has finished reconciling, or after `ms`. */
  waitUntilObserved(environment: string, revision: string, ms: number): Promise<void>;
}

export interface StateWatcher {
  /** The status of this environment may have changed; `undefined` for every environment. */
  changed(environment: string | undefined): void;
  /** A basis of gates changed: records, stops, the policy, what is served. */
  factChanged(): void;
  /** An event of this Hub is on disk, on its way to the records branch. */
  told(event: EventRecord): void;
}

export type Candidate =
  /**
   * An id at the observed revision. `forMove`: a pointer is about to name it, and it is prepared for serving.
   * `isRollback`: for a rollback, which files of the environment never refuse.
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
  /** An id at the observed revision; `undefined` for the one that the pointer names. */
  readonly release: string | undefined;
  /** The author of the move; `undefined` when unknown. */
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
