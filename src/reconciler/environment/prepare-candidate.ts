// Prepares the answer of an environment for another release, without serving it: nobody can call it.
import type { ActiveRelease } from '../../serving/serving-table.ts';
import { loadRelease } from '../stages/load-release.ts';
import { find, type CheckCandidateRequest } from './check-candidate.ts';
import { readRepoFile } from './read-repo-file.ts';
import type { ReconcileTools } from './reconcile-tools.ts';

/** Throws the refusal of the release, and the reason why its database does not open. */
export async function prepareCandidate(
  { library, handles, clock }: Pick<ReconcileTools, 'library' | 'handles' | 'clock'>,
  request: Omit<CheckCandidateRequest, 'what'>,
  release: string,
): Promise<ActiveRelease> {
  const { settings, limits, repo, observation } = request;
  const found = find(request, release);
  if (found.kind === 'stop') throw found.error;
  const loading = await loadRelease({ library, ...found.value });
  if (loading.kind === 'stop') throw loading.error;
  const place = { repo, revision: observation?.revision, environment: settings.name };
  const { database } = handles.acquire(settings, limits, (path) => readRepoFile(place, path));
  await database.ready();
  return {
    environment: settings.name,
    revision: found.value.target.revision,
    since: new Date(clock.now()).toISOString(),
    compiled: loading.value.compiled,
    blob: loading.value.blob,
    database,
    maxRows: limits.rows,
    refuseWrites: false,
  };
}
