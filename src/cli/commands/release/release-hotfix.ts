// `stk release hotfix`: moves an environment's pointer to a release, without the gates that a hotfix skips; it waits
// for its approvals.
import { StkError } from '../../../kernel/errors.ts';
import { planPromotion } from '../../../promotion/plan.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { readOverride } from '../../govern/read-override.ts';
import { readPolicy } from '../../govern/read-policy.ts';
import { requireReason } from '../../govern/require-reason.ts';
import { movePointer, type MoveOptions } from '../../move-pointer.ts';
import { isReleaseFile, releaseOf } from './release-promote.ts';

export interface HotfixOptions extends MoveOptions {
  readonly to: string;
  readonly reason: string;
  /** Mails. */
  readonly approver?: readonly string[];
  readonly overrideFreeze?: readonly string[];
}

export async function hotfixRelease(
  context: CommandContext,
  release: string,
  options: HotfixOptions,
): Promise<number> {
  const { to: environment, overrideFreeze: overrides = [], approver: approvers = [] } = options;
  requireEnvironment(context.identity, environment);
  const reason = requireReason(options.reason);
  return movePointer(context, {
    environment,
    options,
    release,
    demand: 'hotfix',
    overrides,
    async plan(repo, tip) {
      const { hotfix, environments } = await readPolicy(repo, tip);
      const policy = environments.get(environment);
      if (policy === undefined || (policy.from.length === 0 && policy.gates.length === 0))
        throw new StkError('usage', `${environment} has neither from nor gates, so a hotfix skips nothing`, {
          hint: `stk release promote --to ${environment} --release-id ${release}`,
        });
      const override = await readOverride(repo, { tip, overrides, options });
      const current = await releaseOf(repo, tip, environment);
      const isKnown = options.check || (await isReleaseFile(repo, tip, release));
      const source = { kind: 'release', release } as const;
      const planned = planPromotion({ environment, current, source, isKnown: () => isKnown });
      if (planned.kind === 'refused') return planned;
      const { role, count } = hotfix.approvals;
      const asked = approvers.length === 0 ? '' : `; asked for it: ${approvers.join(', ')}`;
      context.output.narrate(
        `a hotfix of ${environment} needs ${count} ${count === 1 ? 'approval' : 'approvals'} by ${role}${asked}: stk approve --release ${release} --env ${environment}`,
      );
      const move = { kind: 'move', action: 'promote', environment, from: current, to: release } as const;
      // A waiting promotion becomes a hotfix: the pointer names the release already.
      return {
        ...(planned.kind === 'move' ? planned : { ...move, source: undefined }),
        keys: { hotfix: { reason, approvers }, ...(override === undefined ? {} : { override }) },
      };
    },
  });
}
