// `stk release veto` and `stk release unveto`: files under vetoes/ on the followed branch.
import { isId } from '../../kernel/ids.ts';
import { vetoPath } from '../../model/pipeline/freeze.ts';
import { planUnveto, planVeto } from '../../promotion/stop-files.ts';
import type { CommandContext } from '../context.ts';
import { type CommitOptions, commitStop, findFile, type FoundFile } from '../govern/commit-stop.ts';
import { requireReason } from '../govern/require-reason.ts';
import { isReleaseFile } from './release/release-promote.ts';

export interface VetoOptions extends CommitOptions {
  readonly reason: string;
}

export async function vetoRelease(
  context: CommandContext,
  release: string,
  options: VetoOptions,
): Promise<number> {
  const reason = requireReason(options.reason);
  const repo = await context.openRepo();
  const tip = await repo.tip();
  const isKnown = await isReleaseFile(repo, tip, release);
  const found: FoundFile = isKnown
    ? await findFile(repo, tip, vetoPath(release))
    : { blob: undefined, text: undefined };
  const plan = planVeto({ release, reason, existing: found.text, isKnown, actor: undefined });
  const stop = {
    plan,
    found,
    facts: { veto: release, reason },
    told: `${release} is vetoed; lift it: stk release unveto ${release}`,
    already: `${release} is vetoed already`,
  };
  return commitStop(context, repo, { stop, options });
}

export async function unvetoRelease(
  context: CommandContext,
  release: string,
  options: CommitOptions,
): Promise<number> {
  const repo = await context.openRepo();
  const tip = await repo.tip();
  const found: FoundFile = isId(release)
    ? await findFile(repo, tip, vetoPath(release))
    : { blob: undefined, text: undefined };
  const plan = planUnveto({ release, existing: found.text, actor: undefined });
  const stop = {
    plan,
    found,
    facts: { veto: release },
    told: `the veto of ${release} is lifted`,
    already: `${release} is not vetoed`,
  };
  return commitStop(context, repo, { stop, options });
}
