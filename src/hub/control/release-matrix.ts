// The rollback matrix of the control plane: which releases fit an environment's database right now. A refused move has
// its short form: the releases that can be rolled back to.
import { StkError } from '../../kernel/errors.ts';
import { isBlocking } from '../../model/finding.ts';
import type { Change } from '../../promotion/change.ts';
import { loadChanges } from '../../promotion/load-changes.ts';
import { rollbackTargets } from '../../promotion/rollback-targets.ts';
import type { MatrixRow } from '../../reconciler/environment/check-matrix.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import type { ReleaseCatalog } from './release-catalog.ts';

export const defaultMatrixLimit = 25;
export const maxMatrixLimit = 100;
/** Earlier releases that are checked when a move is refused, and the most that are named. */
const maxTargets = 10;

/** The answer of `GET …/matrix`. */
export interface ReleaseMatrix {
  readonly environment: string;
  /** The schema that it is valid for; `null` when there was nothing to judge. */
  readonly fingerprint: string | null;
  readonly desired: string | null;
  readonly serving: string | null;
  /** Newest first; always includes the desired and the served release. */
  readonly releases: readonly MatrixEntry[];
}

export interface MatrixEntry {
  readonly release: string;
  readonly verdict: MatrixRow['kind'];
  /**
   * The code of the first blocking finding, or of a problem of the file itself: `release-invalid`, `release-mutated`;
   * `null` when it fits.
   */
  readonly code: string | null;
  readonly object: string | null;
  /** Number of findings. */
  readonly blocking: number;
  readonly warnings: number;
  /** An earlier pointer commit of the environment names it: `stk release rollback` accepts it. */
  readonly isRollbackTarget: boolean;
}

/** Throws `indeterminate`, `database-unavailable`, … when it cannot be decided now. */
export async function readMatrix(
  { state, catalog }: { readonly state: HubState; readonly catalog: ReleaseCatalog },
  environment: string,
  limit: number,
): Promise<ReleaseMatrix> {
  const status = state.status(environment);
  const desired = status?.desired?.release ?? null;
  const serving = status?.serving?.release ?? null;
  const newest = await catalog.newest(limit);
  const releases = [...new Set([...newest, ...[desired, serving].filter((id) => id !== null)])];
  const [outcome, targets] = await Promise.all([
    state.checkMatrix(environment, releases),
    listTargets(state, environment),
  ]);
  if (outcome.kind === 'refused') throw outcome.error;
  return {
    environment,
    fingerprint: outcome.fingerprint ?? null,
    desired,
    serving,
    releases: outcome.rows.map((row) => presentRow(row, targets.includes(row.release))),
  };
}

/**
 * Adds `rollbackTargets` to an `incompatible` error: releases that the environment named before, that are not newer
 * than the served one, and that fit now. Returns other errors unchanged.
 */
export async function tellRollbackTargets(
  state: HubState,
  environment: string,
  error: StkError,
): Promise<StkError> {
  if (error.code !== 'incompatible') return error;
  const targets = await findTargetsThatFit(state, environment);
  const options = error.hint === undefined ? {} : { hint: error.hint };
  const details = { ...error.details, rollbackTargets: targets };
  return new StkError(error.code, error.message, { ...options, details, cause: error });
}

async function findTargetsThatFit(state: HubState, environment: string): Promise<readonly string[]> {
  const revision = state.observedRevision() ?? (await state.repo.resolve());
  const changes = await loadChanges(state.repo, { revision, environment });
  const served = state.table.stable(environment)?.compiled.release.release ?? changes[0]?.release;
  const isNewer = newerThan(state, { revision, changes, served });
  const targets: string[] = [];
  for (const { release } of rollbackTargets(changes)) {
    if (targets.length === maxTargets) break;
    if (!(await isNewer(release))) targets.push(release);
  }
  if (targets.length === 0) return [];
  const outcome = await state.checkMatrix(environment, targets);
  // The refusal is valid even when the database cannot answer this now.
  if (outcome.kind === 'refused') return [];
  return outcome.rows.filter(({ kind }) => kind === 'fits').map(({ release }) => release);
}

/** Newer: its file was added later, or the environment named it first at a later commit. */
function newerThan(
  { repo }: Pick<HubState, 'repo'>,
  known: {
    readonly revision: string;
    readonly changes: readonly Change[];
    readonly served: string | null | undefined;
  },
): (release: string) => Promise<boolean> {
  const { revision, changes, served } = known;
  if (served === undefined || served === null) return () => Promise.resolve(false);
  const firstNamed = (release: string): number =>
    changes.findLastIndex((change) => change.release === release);
  const addedAt = async (release: string): Promise<number> =>
    (await repo.fileHistory({ revision, path: `releases/${release}.yaml` })).at(-1)?.position ?? 0;
  const servedAt = addedAt(served);
  return async (release) =>
    firstNamed(release) < firstNamed(served) || (await addedAt(release)) > (await servedAt);
}

async function listTargets(state: HubState, environment: string): Promise<readonly string[]> {
  const revision = state.observedRevision() ?? (await state.repo.resolve());
  const changes = await loadChanges(state.repo, { revision, environment });
  return rollbackTargets(changes).map(({ release }) => release);
}

function presentRow(row: MatrixRow, isRollbackTarget: boolean): MatrixEntry {
  const { release, kind: verdict } = row;
  if (row.kind === 'refused')
    return {
      release,
      verdict,
      code: row.error.code,
      object: null,
      blocking: 0,
      warnings: 0,
      isRollbackTarget,
    };
  const blocking = row.findings.filter(isBlocking);
  const warnings = row.findings.filter(({ severity }) => severity === 'warn').length;
  const [first] = blocking;
  return {
    release,
    verdict,
    code: first?.code ?? null,
    object: first?.object ?? null,
    blocking: blocking.length,
    warnings,
    isRollbackTarget,
  };
}
