// The files of an environment for one release, as findings FIL001 to FIL003. Checked before the database, so that the
// database's answer is still valid at the swap. Files neither refuse nor delay a rollback: before one, they are not
// checked.
import { findingCodes } from '../../compatibility/check/finding-codes.ts';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Finding } from '../../model/finding.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { CheckableRelease } from '../../serving/compile/compile-release.ts';
import { lookAtFiles } from '../../serving/files/look-at-files.ts';

/**
 * `look`: refusals are checked anew each time. `recall`: for a watch that runs repeatedly. `leave`: before a rollback,
 * which no file may refuse or delay.
 */
export type FilesLook = 'look' | 'recall' | 'leave';

/** Milliseconds; longer when a check takes long, so that a watch uses at most a tenth of the time. */
const rememberedMs = 60_000;
const rememberedTimes = 10;
const known = new BoundedCache<{ readonly until: number; readonly findings: readonly Finding[] }>(100);

export async function checkFileStore(
  { files, name }: EnvironmentSettings,
  { release, digest }: Pick<CheckableRelease, 'release' | 'digest'>,
  { clock, signal, look }: { readonly clock: Clock; readonly signal: AbortSignal; readonly look: FilesLook },
): Promise<readonly Finding[]> {
  if (files === undefined || release.files.length === 0 || look === 'leave') return [];
  const key = `${files.root} ${digest}`;
  const before = known.get(key);
  const startedAt = clock.now();
  if (before !== undefined && startedAt < before.until)
    if (before.findings.length === 0 || look === 'recall') return before.findings;
  const problems = await lookAtFiles(files.root, release.files, signal);
  const findings = problems.map(({ code, file, why }): Finding => ({
    code,
    ...findingCodes[code],
    object: file,
    expected: 'a file that the release can read',
    actual: why,
    operations: [],
    hint: `Correct the file below the root of environments.${name}.files, or serve a release that accepts it.`,
  }));
  const now = clock.now();
  known.set(key, { until: now + Math.max(rememberedMs, rememberedTimes * (now - startedAt)), findings });
  return findings;
}
