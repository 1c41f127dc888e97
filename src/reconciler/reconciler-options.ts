// The reconciler's parts and collaborators.
import type { ConfigRepo } from '../git/config-repo.ts';
import type { StkError } from '../kernel/errors.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Project } from '../model/project.ts';
import type { WritableServingTable } from '../serving/serving-table.ts';
import type { WriterLocks } from './admission/writer-locks.ts';
import type { DatabaseHandles } from './database-handles.ts';
import type { ReleaseLibrary } from './environment/release-library.ts';
import type { Log } from './log.ts';
import type { ReconcilerMetrics } from './reconciler-metrics.ts';
import type { DescribeProposal } from './proposals/describe-proposal.ts';
import type { LastKnownGoodStore } from './state/last-known-good.ts';

export interface ReconcilerOptions {
  /** Called again with back-off while it fails and a release from disk can be served meanwhile. */
  openRepo(): Promise<ConfigRepo>;
  readonly table: WritableServingTable;
  readonly handles: DatabaseHandles;
  readonly library: ReleaseLibrary;
  readonly records: LastKnownGoodStore;
  readonly clock: Clock;
  /** Milliseconds of a monotonic clock; default: this process's. */
  readonly monotonic?: () => number;
  readonly log: Log;
  readonly metrics: ReconcilerMetrics;
  /** Environments to serve; empty for all of stk.yaml. */
  readonly only: readonly string[];
  /** Value of an environment variable; `undefined` when it is not set, or commits may not name it. */
  secret(name: string, url?: string): string | undefined;
  /** Why a project may not be served. */
  refuseProject(project: Project): StkError | undefined;
  readonly stateDirectory: string;
  readonly locks: WriterLocks;
  readonly describeProposal: DescribeProposal;
}
