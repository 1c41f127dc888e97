// Judges a release for an environment without serving it: the same steps as activation, without the swap.
import type { ConfigRepo } from '../git/config-repo.ts';
import { asStkError, StkError } from '../model/errors.ts';
import type { EnvironmentSettings, Limits } from '../model/project.ts';
import { isId } from '../model/ids.ts';
import type { CheckOutcome } from './hub-state.ts';
import type { Observation } from './observe-repo.ts';
import { readRepoFile, type ReconcileTools } from './reconcile-environment.ts';
import { askDatabase } from './steps/check-database.ts';
import type { CheckableRelease } from '../serving/compile-release.ts';
import { loadRelease } from './steps/load-release.ts';
import { proceed, stopForThrown, stopWith, type StepOutcome } from './steps/step.ts';

export interface CheckCandidateRequest {
  readonly settings: EnvironmentSettings;
  readonly limits: Limits;
  readonly repo: ConfigRepo | undefined;
  readonly observation: Observation | undefined;
  readonly what: { readonly release: string } | { readonly document: string };
  readonly signal: AbortSignal;
}

export async function checkCandidate(
  tools: ReconcileTools,
  request: CheckCandidateRequest,
): Promise<CheckOutcome> {
  const { settings, limits, observation, repo, signal } = request;
  const loading = await loadCandidate(tools, request);
  if (loading.kind === 'stop') return { kind: 'refused', error: loading.stop.error };
  const compiled = loading.value;
  const release = compiled.release.release;
  const { handles, clock } = tools;
  const handle = handles.acquire(settings, limits, (path) =>
    readRepoFile({ repo, revision: observation?.revision, environment: settings.name }, path),
  );
  try {
    const verdict = await askDatabase(handle, {
      compiled,
      settings,
      now: clock.now(),
      signal,
      isFresh: false,
    });
    return { kind: 'checked', release, verdict };
  } catch (thrown) {
    const error = asStkError(thrown);
    if (error.code === 'internal') throw thrown;
    if (error.code !== 'database-unavailable') return { kind: 'refused', error };
    return { kind: 'checked', release, verdict: { kind: 'unavailable', message: error.message } };
  }
}

async function loadCandidate(
  { library }: ReconcileTools,
  { observation, repo, what }: CheckCandidateRequest,
): Promise<StepOutcome<CheckableRelease>> {
  if ('document' in what) {
    const release = namedIn(what.document);
    try {
      const outcome = await library.judgeDocument({ text: what.document, release });
      if (outcome.kind === 'invalid') return stopWith('ReleaseInvalid', outcome.error);
      return proceed(outcome.checkable);
    } catch (thrown) {
      return stopForThrown(thrown, 'ReleaseUnreadable');
    }
  }
  const { release } = what;
  if (!isId(release)) {
    const error = new StkError('unknown-release', `${JSON.stringify(release)} is no release id.`, {
      hint: 'Ids are letters, digits, dots, dashes and underscores: stk release list shows them.',
      details: { release },
    });
    return stopWith('ReleaseMissing', error);
  }
  if (repo === undefined || observation === undefined) {
    const error = new StkError('git-unavailable', 'The config repo cannot be read now.', {
      hint: 'The Hub goes on trying; stk status says when it is back.',
    });
    return stopWith('GitFailed', error);
  }
  const { revision, releases } = observation;
  const loading = await loadRelease(library, { place: { repo, revision, releases }, release });
  return loading.kind === 'stop' ? loading : proceed(loading.value.compiled);
}

/** The id that the document gives itself stands for the file name that it does not have yet. */
function namedIn(document: string): string {
  const named = /^release:[ \t]*["']?([^\s"'#]+)/m.exec(document)?.[1] ?? '';
  return isId(named) ? named : 'unnamed';
}
