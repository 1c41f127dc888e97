// Stage 3: holds the environment's database: one session and the migration lock, from before the check until after the swap.
import type { DatabaseHold } from '../../compatibility/check/hold-database.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { DatabaseHandle } from '../database-handles.ts';
import { explainThrown, explainVerdict } from './database-answer.ts';
import type { Acquiring } from './stage-list.ts';
import { proceed, type StageOutcome } from './stage.ts';

export interface BeforeHold extends Acquiring {
  readonly handle: DatabaseHandle;
  readonly settings: EnvironmentSettings;
  /** Ends the database's work. */
  readonly patience: AbortSignal;
}

export async function hold({
  handle,
  settings,
  patience,
  undo,
}: BeforeHold): Promise<StageOutcome<{ readonly held: DatabaseHold }>> {
  const { migrationLock, name } = settings;
  try {
    const held = await handle.hold({ migrationLock, signal: patience });
    if (held.kind !== 'held') return explainVerdict(held, { environment: name });
    undo.push(() => held.release());
    return proceed({ held });
  } catch (thrown) {
    return explainThrown(thrown, name);
  }
}
