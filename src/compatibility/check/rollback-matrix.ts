// Many releases against one database: which of them would fit right now? One catalogue read and one round of questions
// for all of them, each text of a statement asked once; remembered while the fingerprint stays.
import type { Database } from '../../database/database.ts';
import { isBlocking, type Finding } from '../../model/finding.ts';
import { applySettings, type CheckSettings } from './apply-settings.ts';
import type { CheckCache } from './check-cache.ts';
import { findAtRest, type FoundAtRest, type NoVerdict, type ReleaseToFind } from './find-at-rest.ts';
import { readThrown } from './indeterminate.ts';

export interface MatrixRequest extends CheckSettings {
  readonly releases: readonly ReleaseToFind[];
  /** Of this database and of matrices alone: a check's fingerprint covers less. */
  readonly cache: CheckCache;
  readonly signal?: AbortSignal | undefined;
}

/** How one release fares. */
export interface JudgedFit {
  readonly release: string;
  readonly fits: boolean;
  readonly findings: readonly Finding[];
}

export type MatrixVerdict =
  /** One row a release, in the order asked. */
  | { readonly kind: 'answered'; readonly fingerprint: string; readonly rows: readonly JudgedFit[] }
  | NoVerdict;

/** Writes nothing and takes no migration lock: nothing is swapped on its word. Rejects only for a defect. */
export async function checkMatrix(database: Database, request: MatrixRequest): Promise<MatrixVerdict> {
  const { releases, cache, signal } = request;
  try {
    const found = await database.inspect(
      (session) =>
        findAtRest(database.engine, session, {
          releases,
          settings: request,
          cache,
          // What all releases name together changes with each of them: other matrices ask something else.
          answers: undefined,
          needsPlans: false,
          hint: 'Try again after the migration has ended.',
          signal,
        }),
      signal,
    );
    return 'kind' in found ? found : answer(request, found);
  } catch (thrown) {
    const verdict = readThrown(thrown);
    if (verdict === undefined) throw thrown;
    return verdict;
  }
}

function answer(
  { releases, ...settings }: MatrixRequest,
  { fingerprint, findings }: FoundAtRest,
): MatrixVerdict {
  const rows = releases.map(({ release, digest }): JudgedFit => {
    const judged = applySettings(findings.get(digest) ?? [], settings);
    return { release: release.release, fits: !judged.some(isBlocking), findings: judged };
  });
  return { kind: 'answered', fingerprint, rows };
}
