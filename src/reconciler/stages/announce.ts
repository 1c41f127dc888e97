// Stage 7: puts the event about the activation on disk before it happens. Another check follows, because writing takes
// time.
import type { RecordFile } from '../../documents/record/format-record.ts';
import type { Decision } from '../admission/admission-desk.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import { proceed, type StageOutcome, stopForThrown } from './stage.ts';

export interface BeforeAnnounce {
  readonly governed: GovernedPath;
  readonly decision: Decision | undefined;
  readonly telling: Promise<void>;
}

export interface Announced {
  /** `undefined` when there is no event. */
  readonly prepared: RecordFile | undefined;
}

export async function announce({
  governed,
  decision,
  telling,
}: BeforeAnnounce): Promise<StageOutcome<Announced>> {
  if (decision === undefined) return proceed({ prepared: undefined });
  try {
    const [prepared] = await Promise.all([governed.prepare(decision), telling]);
    return proceed({ prepared });
  } catch (thrown) {
    return stopForThrown(thrown, 'ReleaseUnreadable');
  }
}
