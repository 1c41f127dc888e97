// To which releases can an environment be rolled back right now? Reads the requested releases at the observed revision,
// and checks all of them against the environment's database at once.
import type { JudgedFit } from '../../compatibility/check/rollback-matrix.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import type { Finding } from '../../model/finding.ts';
import type { EnvironmentSettings, Limits } from '../../model/project.ts';
import type { CheckableRelease } from '../../serving/compile/compile-release.ts';
import type { Observation } from '../follow/observe-repo.ts';
import { readRelease } from '../stages/load-release.ts';
import { readRepoFile } from './read-repo-file.ts';
import type { ReconcileTools } from './reconcile-tools.ts';

export interface CheckMatrixRequest {
  readonly settings: EnvironmentSettings;
  readonly limits: Limits;
  readonly repo: ConfigRepo | undefined;
  readonly observation: Observation | undefined;
  /** Release ids. */
  readonly releases: readonly string[];
  readonly signal: AbortSignal;
}

export type MatrixRow =
  | {
      readonly kind: 'fits' | 'does-not-fit';
      readonly release: string;
      readonly findings: readonly Finding[];
    }
  /** The file is missing, invalid or mutated. */
  | { readonly kind: 'refused'; readonly release: string; readonly error: StkError };

export type MatrixOutcome =
  /**
   * One row for each release, in the order of the request. `fingerprint` is undefined when there was nothing to check
   * against the database.
   */
  | {
      readonly kind: 'answered';
      readonly fingerprint: string | undefined;
      readonly rows: readonly MatrixRow[];
    }
  /** Cannot be decided now: `indeterminate`, `database-unavailable`, `git-unavailable`, … */
  | { readonly kind: 'refused'; readonly error: StkError };

type Read =
  CheckableRelease | { readonly kind: 'refused'; readonly release: string; readonly error: StkError };

export async function checkMatrixOf(
  tools: ReconcileTools,
  request: CheckMatrixRequest,
): Promise<MatrixOutcome> {
  const { settings, limits, repo, observation, signal } = request;
  const { handles, clock } = tools;
  const environment = settings.name;
  if (repo === undefined || observation === undefined) {
    const hint = 'The Hub keeps trying; stk status shows when it can be read again.';
    const error = new StkError('git-unavailable', 'The config repo cannot be read now.', { hint });
    return { kind: 'refused', error };
  }
  const { revision } = observation;
  const read = await readAll(tools, { ...request, repo, observation });
  const releases = read.flatMap((one) => ('kind' in one ? [] : [one]));
  if (releases.length === 0) return { kind: 'answered', fingerprint: undefined, rows: joinRows(read, []) };
  const handle = handles.acquire(settings, limits, (path) =>
    readRepoFile({ repo, revision, environment }, path),
  );
  const strict = settings.compatibility === 'strict';
  const { accept } = settings;
  try {
    const verdict = await handle.checkMatrix({ releases, strict, accept, now: clock.now(), signal });
    if (verdict.kind === 'answered')
      return {
        kind: 'answered',
        fingerprint: verdict.fingerprint,
        rows: joinRows(read, verdict.rows),
      };
    const code = verdict.kind === 'unavailable' ? 'database-unavailable' : 'indeterminate';
    return { kind: 'refused', error: new StkError(code, verdict.message, { details: { environment } }) };
  } catch (thrown) {
    const error = asStkError(thrown);
    if (error.code === 'internal') throw thrown;
    return { kind: 'refused', error };
  }
}

async function readAll(
  { library }: ReconcileTools,
  { repo, observation, releases }: CheckMatrixRequest & { repo: ConfigRepo; observation: Observation },
): Promise<Read[]> {
  const target = { repo, revision: observation.revision, releases: observation.releases };
  return Promise.all(
    releases.map(async (release): Promise<Read> => {
      const outcome = await readRelease({ library, target, release });
      if (outcome.kind === 'continue') return outcome.value;
      return { kind: 'refused', release, error: outcome.error };
    }),
  );
}

function joinRows(read: readonly Read[], judged: readonly JudgedFit[]): MatrixRow[] {
  const byRelease = new Map(judged.map((row) => [row.release, row]));
  return read.flatMap((one): MatrixRow[] => {
    if ('kind' in one) return [one];
    const row = byRelease.get(one.release.release);
    if (row === undefined) return [];
    const { release, findings, fits } = row;
    return [{ kind: fits ? 'fits' : 'does-not-fit', release, findings }];
  });
}
