// Many releases against one database: which of them fit right now? It reads the catalogue once, asks about each
// distinct statement once, and remembers the answers while the fingerprint stays the same.
import type { Database } from '../../database/database.ts';
import { isBlocking, type Finding } from '../../model/finding.ts';
import { applySettings, type CheckSettings } from './apply-settings.ts';
import type { CheckCache } from './check-cache.ts';
import { findAtRest, type FoundAtRest, type NoVerdict, type ReleaseToFind } from './find-at-rest.ts';
import { readThrown } from './indeterminate.ts';

export interface MatrixRequest extends CheckSettings {
  readonly releases: readonly ReleaseToFind[];
  /** For this database, and only for matrices: a check's fingerprint covers less. */
  readonly cache: CheckCache;
  readonly signal?: AbortSignal | undefined;
}

/** The verdict for one release. */
export interface JudgedFit {
  readonly release: string;
  readonly fits: boolean;
  readonly findings: readonly Finding[];
}

export type MatrixVerdict =
  /** One row for each release, in the order of the request. */
  | { readonly kind: 'answered'; readonly fingerprint: string; readonly rows: readonly JudgedFit[] }
  | NoVerdict;

/** Writes nothing and takes no migration lock, because no swap depends on it. Rejects only for a bug. */
export async function checkMatrix(database: Database, request: MatrixRequest): Promise<MatrixVerdict> {
  const { releases, cache, signal } = request;
  try {
    const found = await database.inspect(
      (session) =>
        findAtRest(database.engine, session, {
          releases,
          settings: request,
          cache,
          // The names of all releases together change with each release: other matrices ask something else.
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
