// The backups of an environment that count: their records belong to the releases that were served when they were made,
// so those of the newest moves are read.
import type { Content } from '../../../gates/admission/admission-facts.ts';
import type { Ledger, LedgerPlace } from '../../../ledger/ledger.ts';
import { countingOf } from '../../../ledger/records/fold-records.ts';
import type { CountingRules } from '../../../ledger/records/judge-record.ts';
import { asStkError } from '../../../kernel/errors.ts';
import type { Counting, Known } from '../../../model/pipeline/gate-facts.ts';
import type { BackupRecord } from '../../../model/pipeline/record.ts';

export interface BackupFactsRequest {
  readonly ledger: Ledger;
  readonly place: LedgerPlace;
  readonly rules: CountingRules;
  /** What the environment serves or served last; `null` when unknown. */
  readonly served: Content | null;
}

const mostReleases = 20;

export async function readBackups({
  ledger,
  place,
  rules,
  served,
}: BackupFactsRequest): Promise<Known<readonly Counting<BackupRecord>[]>> {
  try {
    const contents = new Map<string, Content>();
    if (served !== null) contents.set(`${served.release} ${served.digest}`, served);
    for await (const { release, digest } of ledger.pointers.walk(place.revision, place.environment)) {
      if (release !== null && digest !== null) contents.set(`${release} ${digest}`, { release, digest });
      if (contents.size >= mostReleases) break;
    }
    const found = await Promise.all(
      [...contents.values()].map(async ({ release, digest }) =>
        countingOf(await ledger.recordsOf(release, rules), 'backup', digest),
      ),
    );
    return {
      known: true,
      value: found.flat().filter(({ record }) => record.environment === place.environment),
    };
  } catch (thrown) {
    return { known: false, why: asStkError(thrown).message.replace(/\.$/, '') };
  }
}
