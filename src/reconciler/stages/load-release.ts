// Stage 2: the pointer's release, compiled: found at the revision, unchanged since a pointer first named it, parsed and
// ready to serve. Uses an earlier compilation.
import { asStkError, StkError } from '../../kernel/errors.ts';
import { maxReleaseBytes } from '../../documents/release/parse-release.ts';
import type { CheckableRelease } from '../../serving/compile/compile-release.ts';
import type { CompiledRelease } from '../../serving/compile/compiled-release.ts';
import type { ReleaseLibrary } from '../environment/release-library.ts';
import { isRegularFile } from './read-pointer.ts';
import { proceed, stopForThrown, stopWith, type Continue, type Stop, type Target } from './stage.ts';

export interface LoadedRelease {
  readonly compiled: CompiledRelease;
  /** The form for checks against a database. */
  readonly checkable: CheckableRelease;
  readonly blob: string;
}

/** Where to find it; a part of {@link Target}. */
export type ReleasePlace = Pick<Target, 'repo' | 'revision' | 'releases'>;

export interface LoadReleaseRequest {
  readonly library: ReleaseLibrary;
  readonly target: ReleasePlace;
  /** Id. */
  readonly release: string;
}

export async function loadRelease(request: LoadReleaseRequest): Promise<Continue<LoadedRelease> | Stop> {
  const { repo } = request.target;
  return withReleaseFile(request, async (blob) => {
    const outcome = await request.library.compile({ repo, blob, release: request.release });
    if (outcome.kind === 'invalid') return stopWith('ReleaseInvalid', outcome.error);
    const { compiled } = outcome;
    return proceed({ compiled, checkable: compiled, blob });
  });
}

/** The same for a release that will not be served yet: only what a check against a database needs. */
export async function readRelease(request: LoadReleaseRequest): Promise<Continue<CheckableRelease> | Stop> {
  const { repo } = request.target;
  return withReleaseFile(request, async (blob) => {
    const outcome = await request.library.read({ repo, blob, release: request.release });
    if (outcome.kind === 'read') return proceed(outcome.checkable);
    return stopWith('ReleaseInvalid', outcome.error);
  });
}

/** Only its text. */
export async function readReleaseText(request: LoadReleaseRequest): Promise<Continue<string> | Stop> {
  const { repo } = request.target;
  return withReleaseFile(request, async (blob) => proceed(await repo.text(blob, maxReleaseBytes)));
}

async function withReleaseFile<T>(
  { library, target: place, release }: LoadReleaseRequest,
  use: (blob: string) => Promise<Continue<T> | Stop>,
): Promise<Continue<T> | Stop> {
  const { repo, revision, releases } = place;
  const file = `releases/${release}.yaml`;
  const details = { release, revision };
  try {
    const entry = releases === undefined ? undefined : await repo.entry(releases, `${release}.yaml`);
    if (entry === undefined) {
      const hint = `Add ${file} to the followed branch, or name a release that exists (stk release list).`;
      const message = `There is no release ${release}: ${revision.slice(0, 10)} has no file ${file}.`;
      const error = new StkError('unknown-release', message, { hint, details });
      return stopWith('ReleaseMissing', error);
    }
    if (!isRegularFile(entry.mode)) {
      const message = `${file} is not a regular file (mode ${entry.mode}).`;
      const hint = 'Replace the link or submodule with the release file itself.';
      return stopWith('ReleaseInvalid', new StkError('release-invalid', message, { hint, details }));
    }
    const identity = await library.identity(place, release);
    if (identity !== undefined && identity.blob !== entry.id) {
      const message = `${file} was changed after a pointer named it: it is ${entry.id.slice(0, 10)} at ${revision.slice(0, 10)}, and was ${identity.blob.slice(0, 10)} at ${identity.revision.slice(0, 10)}.`;
      const hint = `Restore the file (git checkout ${identity.revision.slice(0, 10)} -- ${file}) and give the change a new release id.`;
      return stopWith('ReleaseMutated', new StkError('release-mutated', message, { hint, details }));
    }
    return await use(entry.id);
  } catch (thrown) {
    const error = asStkError(thrown);
    if (error.code === 'too-large' || error.code === 'malformed' || error.code === 'release-invalid') {
      return stopWith('ReleaseInvalid', error);
    }
    return stopForThrown(thrown, 'ReleaseUnreadable');
  }
}
