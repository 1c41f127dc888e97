// Prepares the last-known-good from disk for serving, for when git or the database is unreachable. Without a check: it
// passed one when it was recorded.
import { asStkError } from '../../kernel/errors.ts';
import type { CompiledRelease } from '../../serving/compile/compiled-release.ts';
import type { ReleaseLibrary } from '../environment/release-library.ts';
import type { LastKnownGood } from './last-known-good.ts';

export type Restored =
  | { readonly kind: 'restored'; readonly compiled: CompiledRelease }
  | { readonly kind: 'failed'; readonly message: string };

export async function restoreLastKnownGood(
  library: ReleaseLibrary,
  { release, digest, blob, text }: LastKnownGood,
): Promise<Restored> {
  try {
    const outcome = await library.compileText({ text, blob, release });
    if (outcome.kind === 'invalid') return { kind: 'failed', message: outcome.error.message };
    const { compiled } = outcome;
    if (compiled.digest === digest) return { kind: 'restored', compiled };
    const message = `The recorded text of ${release} does not have the recorded digest ${digest}.`;
    return { kind: 'failed', message };
  } catch (thrown) {
    return { kind: 'failed', message: asStkError(thrown).message };
  }
}
