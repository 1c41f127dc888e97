// Releases of the clone as values.
import { parseRelease } from '../../documents/release/parse-release.ts';
import { StkError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import { formatProblems } from '../../model/problem.ts';
import type { Release } from '../../model/release.ts';
import type { LocalRepo } from './local-repo.ts';

/** Throws `unknown-release`, `release-invalid`. */
export async function readReleaseAt(
  repo: Pick<LocalRepo, 'file' | 'documents'>,
  revision: string,
  release: string,
): Promise<Release> {
  const file = `releases/${release}.yaml`;
  const text = isId(release) ? await repo.file(revision, file) : undefined;
  if (text === undefined) {
    const known = [...(await repo.documents(revision, 'releases')).keys()];
    const named = JSON.stringify(release.slice(0, 80));
    throw new StkError('unknown-release', `there is no release ${named}${suggest(release, known)}`, {
      hint: 'stk release list shows every release.',
    });
  }
  const parsed = parseRelease(text, { file, id: release });
  if (parsed.ok) return parsed.value;
  throw new StkError('release-invalid', formatProblems(parsed.problems));
}
