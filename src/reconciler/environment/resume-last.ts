// While the pointer's move waits or is refused, a Hub that serves nothing yet serves what the environment served last,
// from the events. The database is checked as usual; a veto does not stop it, because nothing new is served.
import { asStkError } from '../../kernel/errors.ts';
import type { LoadedRelease } from '../stages/load-release.ts';
import { check, type CompatibleVerdict } from '../stages/check.ts';
import { hold } from '../stages/hold.ts';
import type { Target } from '../stages/stage.ts';
import { stages } from '../stages/stage-list.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { DatabaseHandle } from '../database-handles.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { Log } from '../log.ts';
import { readRepoFile } from './read-repo-file.ts';
import type { ReconcileTools } from './reconcile-tools.ts';

export interface ResumeTools extends ReconcileTools {
  readonly governed: GovernedPath;
  readonly log: Log;
}

export interface Resumable extends LoadedRelease {
  readonly settings: EnvironmentSettings;
  readonly handle: DatabaseHandle;
  readonly verdict: CompatibleVerdict;
  /** The pointer commit that had activated it. */
  readonly revision: string;
}

interface Start extends LoadedRelease, Omit<ReconcileTools, 'smoke'> {
  readonly settings: EnvironmentSettings;
  readonly handle: DatabaseHandle;
  readonly signal: AbortSignal;
  readonly patience: AbortSignal;
  readonly isFresh: boolean;
  /** It is served again unchanged. */
  readonly files: 'leave';
}

const fit = stages<Start>().and(hold).and(check);

/** `undefined` when the events do not show it, or it cannot be served now. */
export async function findResumable(
  { governed, library, handles, clock, log }: ResumeTools,
  target: Target,
  signal: AbortSignal,
): Promise<Resumable | undefined> {
  const { environment, repo, settings, limits } = target;
  if (settings === undefined) return undefined;
  try {
    const last = await governed.servedLast(environment);
    if (last === null) return undefined;
    const { release, digest: blob } = last.content;
    const outcome = await library.compile({ repo, blob, release });
    if (outcome.kind === 'invalid') throw outcome.error;
    const { compiled } = outcome;
    const handle = handles.acquire(settings, limits, (path) => readRepoFile(target, path));
    const loaded = { compiled, checkable: compiled, blob };
    const tools = { library, handles, clock };
    const found = await fit.run({
      ...loaded,
      ...tools,
      settings,
      handle,
      signal,
      patience: signal,
      isFresh: false,
      files: 'leave',
    });
    if (found.kind !== 'continue') return undefined;
    return { ...loaded, settings, handle, verdict: found.value.verdict, revision: last.event.revision };
  } catch (thrown) {
    const problem = asStkError(thrown).message;
    log.warn({ environment, problem }, 'the previously served release cannot be served');
    return undefined;
  }
}
