// The files of an environment for one release, as findings FIL001 to FIL003. Asked before the database, so that what the
// database says still holds at the swap; remembered for a while, since the same check is made again before a swap.
import { findingCodes } from '../../compatibility/check/finding-codes.ts';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Finding } from '../../model/finding.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { CheckableRelease } from '../../serving/compile/compile-release.ts';
import { lookAtFiles } from '../../serving/files/look-at-files.ts';

const rememberedMs = 60_000;
const known = new BoundedCache<{ readonly at: number; readonly findings: readonly Finding[] }>(100);

export async function checkFileStore(
  { files, name }: EnvironmentSettings,
  { release, digest }: Pick<CheckableRelease, 'release' | 'digest'>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<readonly Finding[]> {
  if (files === undefined || release.files.length === 0) return [];
  const key = `${files.root} ${digest}`;
  const before = known.get(key);
  if (before !== undefined && clock.now() - before.at < rememberedMs) return before.findings;
  const problems = await lookAtFiles(files.root, release.files, signal);
  const findings = problems.map(({ code, file, why }): Finding => ({
    code,
    ...findingCodes[code],
    object: file,
    expected: 'a file that the release can read',
    actual: why,
    operations: [],
    hint: `Correct the file below the root of environments.${name}.files, or serve a release that takes it.`,
  }));
  // What refuses is looked at anew each time.
  if (findings.length === 0) known.set(key, { at: clock.now(), findings });
  return findings;
}
