// Step 2: the release that the pointer names, compiled: found at the revision, unchanged since a pointer first named
// it, parsed and made ready to answer. What was compiled before is not compiled again.
import { asStkError, StkError } from '../../../kernel/errors.ts';
import { maxReleaseBytes } from '../../../documents/parse-release.ts';
import type { CheckableRelease } from '../../../serving/compile/compile-release.ts';
import type { CompiledRelease } from '../../../serving/compile/compiled-release.ts';
import type { ReleaseLibrary } from '../release-library.ts';
import { isRegularFile } from './read-pointer.ts';
import { proceed, stopForThrown, stopWith, type StepOutcome, type Target } from './step.ts';

export interface LoadedRelease {
  readonly compiled: CompiledRelease;
  readonly blob: string;
}

/** Where to look; a part of {@link Target}. */
export type ReleasePlace = Pick<Target, 'repo' | 'revision' | 'releases'>;

export interface LoadReleaseRequest {
  readonly place: ReleasePlace;
  readonly release: string;
}

export async function loadRelease(
  library: ReleaseLibrary,
  request: LoadReleaseRequest,
): Promise<StepOutcome<LoadedRelease>> {
  const { repo } = request.place;
  return withReleaseFile(library, request, async (blob) => {
    const outcome = await library.compile({ repo, blob, release: request.release });
    if (outcome.kind === 'compiled') return proceed({ compiled: outcome.compiled, blob });
    return stopWith('ReleaseInvalid', outcome.error);
  });
}

/** The same for a release that nobody means to serve yet: enough to ask a database about it. */
export async function readRelease(
  library: ReleaseLibrary,
  request: LoadReleaseRequest,
): Promise<StepOutcome<CheckableRelease>> {
  const { repo } = request.place;
  return withReleaseFile(library, request, async (blob) => {
    const outcome = await library.read({ repo, blob, release: request.release });
    if (outcome.kind === 'read') return proceed(outcome.checkable);
    return stopWith('ReleaseInvalid', outcome.error);
  });
}

/** Its text alone. */
export async function readReleaseText(
  library: ReleaseLibrary,
  request: LoadReleaseRequest,
): Promise<StepOutcome<string>> {
  const { repo } = request.place;
  return withReleaseFile(library, request, async (blob) => proceed(await repo.text(blob, maxReleaseBytes)));
}

async function withReleaseFile<T>(
  library: ReleaseLibrary,
  { place, release }: LoadReleaseRequest,
  use: (blob: string) => Promise<StepOutcome<T>>,
): Promise<StepOutcome<T>> {
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
      const hint = 'Replace the link or submodule by the release file itself.';
      return stopWith('ReleaseInvalid', new StkError('release-invalid', message, { hint, details }));
    }
    const identity = await library.identity(place, release);
    if (identity !== undefined && identity.blob !== entry.id) {
      const message = `${file} was changed after a pointer named it: it is ${entry.id.slice(0, 10)} at ${revision.slice(0, 10)}, and was ${identity.blob.slice(0, 10)} at ${identity.revision.slice(0, 10)}.`;
      const hint = `Restore the file (git checkout ${identity.revision.slice(0, 10)} -- ${file}) and give the change a release id of its own.`;
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
