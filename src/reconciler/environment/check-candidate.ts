// Judges a release for an environment without serving it: the same questions as for an activation, without the swap. A
// release that will not be served now is judged in a process that serves no calls, if that can reach the database.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import type { EnvironmentSettings, Limits } from '../../model/project.ts';
import { isId } from '../../kernel/ids.ts';
import type { DatabaseHandle } from '../database-handles.ts';
import type { Candidate, CheckOutcome } from '../hub-state.ts';
import type { Observation } from '../follow/observe-repo.ts';
import { askVerdict } from './ask-verdict.ts';
import { readRepoFile } from './read-repo-file.ts';
import type { ReconcileTools } from './reconcile-tools.ts';
import type { CheckableRelease } from '../../serving/compile/compile-release.ts';
import type { ReleaseDocument, ReleaseLibrary } from './release-library.ts';
import { loadRelease, readReleaseText, type LoadReleaseRequest } from '../stages/load-release.ts';
import { proceed, stopForThrown, stopWith, type Continue, type Stop } from '../stages/stage.ts';

export interface CheckCandidateRequest {
  readonly settings: EnvironmentSettings;
  readonly limits: Limits;
  readonly repo: ConfigRepo | undefined;
  readonly observation: Observation | undefined;
  readonly what: Candidate;
  readonly signal: AbortSignal;
}

export async function checkCandidate(
  tools: ReconcileTools,
  request: CheckCandidateRequest,
): Promise<CheckOutcome> {
  const { settings, limits, observation, repo, what } = request;
  const handle = tools.handles.acquire(settings, limits, (path) =>
    readRepoFile({ repo, revision: observation?.revision, environment: settings.name }, path),
  );
  try {
    // Only this process checks files.
    const isForMove = ('release' in what && what.forMove) || settings.files !== undefined;
    const checked = isForMove ? undefined : await checkElsewhere(tools, handle, request);
    return checked ?? (await checkHere(tools, handle, request));
  } catch (thrown) {
    const error = asStkError(thrown);
    if (error.code === 'internal') throw thrown;
    return { kind: 'refused', error };
  }
}

/** In another process. `undefined` when only this process can reach the database, or none can. */
async function checkElsewhere(
  { library, clock }: ReconcileTools,
  handle: DatabaseHandle,
  request: CheckCandidateRequest,
): Promise<CheckOutcome | undefined> {
  const { settings, signal } = request;
  const { accept, migrationLock } = settings;
  return handle.checkElsewhere(async (reach): Promise<CheckOutcome> => {
    signal.throwIfAborted();
    const reading = await readCandidate(library, request);
    if (reading.kind === 'stop') return { kind: 'refused', error: reading.error };
    const strict = settings.compatibility === 'strict';
    const order = { ...reach, strict, accept, migrationLock, now: clock.now() };
    const outcome = await library.checkDocument(reading.value, order);
    if (outcome.kind === 'invalid') return { kind: 'refused', error: outcome.error };
    return { kind: 'checked', release: reading.value.release, verdict: outcome.verdict };
  });
}

async function readCandidate(
  library: ReleaseLibrary,
  request: CheckCandidateRequest,
): Promise<Continue<ReleaseDocument> | Stop> {
  const { what } = request;
  if ('document' in what) return proceed({ text: what.document, release: namedIn(what.document) });
  const finding = find(request, what.release);
  if (finding.kind === 'stop') return finding;
  const reading = await readReleaseText({ library, ...finding.value });
  return reading.kind === 'stop' ? reading : proceed({ text: reading.value, release: what.release });
}

async function checkHere(
  tools: ReconcileTools,
  handle: DatabaseHandle,
  request: CheckCandidateRequest,
): Promise<CheckOutcome> {
  const { settings, signal } = request;
  const loading = await loadCandidate(tools, request);
  if (loading.kind === 'stop') return { kind: 'refused', error: loading.error };
  const { clock } = tools;
  const checkable = loading.value;
  const isRollback = 'release' in request.what && request.what.isRollback === true;
  const asked = { handle, settings, checkable, isFresh: false, clock, signal, isRollback };
  const verdict = await askVerdict(asked);
  return { kind: 'checked', release: checkable.release.release, verdict };
}

async function loadCandidate(
  { library }: ReconcileTools,
  request: CheckCandidateRequest,
): Promise<Continue<CheckableRelease> | Stop> {
  const { what } = request;
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
  const finding = find(request, what.release);
  if (finding.kind === 'stop') return finding;
  const loading = await loadRelease({ library, ...finding.value });
  return loading.kind === 'stop' ? loading : proceed(loading.value.checkable);
}

/** Its place in git, if it exists. */
export function find(
  { observation, repo }: Pick<CheckCandidateRequest, 'observation' | 'repo'>,
  release: string,
): Continue<Omit<LoadReleaseRequest, 'library'>> | Stop {
  if (!isId(release)) {
    const error = new StkError('unknown-release', `${JSON.stringify(release)} is not a release id.`, {
      hint: 'Ids are letters, digits, dots, dashes and underscores: stk release list shows them.',
      details: { release },
    });
    return stopWith('ReleaseMissing', error);
  }
  if (repo === undefined || observation === undefined) {
    const error = new StkError('git-unavailable', 'The config repo cannot be read now.', {
      hint: 'The Hub keeps trying; stk status shows when it can be read again.',
    });
    return stopWith('GitFailed', error);
  }
  const { revision, releases } = observation;
  return proceed({ target: { repo, revision, releases }, release });
}

/** The document's own id replaces the file name that it does not have yet. */
function namedIn(document: string): string {
  const named = /^release:[ \t]*["']?([^\s"'#]+)/m.exec(document)?.[1] ?? '';
  return isId(named) ? named : 'unnamed';
}
