// What every reconcile and every check of an environment needs.
import type { Clock } from '../../kernel/clock.ts';
import type { DatabaseHandles } from '../database-handles.ts';
import type { SmokeTools } from '../../smoke/run-smoke.ts';
import type { ReleaseLibrary } from './release-library.ts';

export interface ReconcileTools {
  readonly handles: DatabaseHandles;
  readonly library: ReleaseLibrary;
  readonly clock: Clock;
  readonly smoke: SmokeTools;
}
