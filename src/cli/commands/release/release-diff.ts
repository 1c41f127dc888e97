// `stk release diff`: what changes between two releases.
import { diffReleases } from '../../../model/release-diff.ts';
import type { CommandContext } from '../../context.ts';
import { formatDiff } from '../../print/release-diff.ts';
import { readReleaseAt } from '../../repo/read-releases.ts';

export async function showReleaseDiff(context: CommandContext, from: string, to: string): Promise<number> {
  const repo = await context.openRepo();
  const tip = await repo.tip();
  const [before, after] = await Promise.all([readReleaseAt(repo, tip, from), readReleaseAt(repo, tip, to)]);
  const diff = diffReleases(before, after);
  context.output.result(diff, formatDiff(diff, context.output.onStdout));
  return 0;
}
