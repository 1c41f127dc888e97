// `stk release promote`: copies a release to an environment's pointer.
import { StkError } from '../../../kernel/errors.ts';
import { isId } from '../../../kernel/ids.ts';
import { readPointerRelease } from '../../../documents/edit-pointer.ts';
import { planPromotion, type PromotionRequest } from '../../../promotion/plan.ts';
import { pointerPath } from '../../../promotion/pointer-file.ts';
import { adviseHub } from '../../hub/hub-address.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { readHold } from '../../govern/ask-gates.ts';
import { readOverride } from '../../govern/read-override.ts';
import { plainLine } from '../../print/plain-text.ts';
import type { LocalRepo } from '../../repo/local-repo.ts';
import { movePointer, type MoveOptions } from '../../move-pointer.ts';

export interface PromoteOptions extends MoveOptions {
  readonly from?: string;
  readonly to: string;
  readonly releaseId?: string;
  readonly whenReady?: boolean;
  readonly overrideFreeze?: readonly string[];
}

export async function promoteRelease(context: CommandContext, options: PromoteOptions): Promise<number> {
  const { to: environment, from, releaseId } = options;
  if ((from === undefined) === (releaseId === undefined)) {
    throw new StkError('usage', 'name what to promote: either --from ENVIRONMENT or --release-id ID', {
      hint: `stk release promote ${sourceBefore(context, environment)} --to ${environment}`,
    });
  }
  requireEnvironment(context.identity, environment);
  if (from !== undefined) requireEnvironment(context.identity, from);
  const overrides = options.overrideFreeze ?? [];
  return movePointer(context, {
    environment,
    options,
    release: releaseId,
    demand: options.whenReady === true || options.propose === true ? 'when-ready' : 'now',
    overrides,
    async plan(repo, tip) {
      const override = await readOverride(repo, { tip, overrides, options });
      const hold = await readHold(repo, tip, environment);
      if (hold !== undefined)
        context.output.narrate(
          `note: ${environment} stays on hold for automation (${plainLine(hold.reason)}); lift it: stk resume --env ${environment}`,
        );
      const current = await releaseOf(repo, tip, environment);
      const source =
        from === undefined
          ? { kind: 'release' as const, release: releaseId ?? '' }
          : await readSource(context, repo, { tip, from, check: options.check });
      const wanted = source.kind === 'release' ? source.release : source.desired;
      // With a Hub, the Hub decides whether the release exists: it also judges its bytes.
      const isKnown = options.check || (await isReleaseFile(repo, tip, wanted));
      const known = isKnown ? [] : [...(await repo.documents(tip, 'releases')).keys()];
      const planned = planPromotion({ environment, current, source, isKnown: () => isKnown, known });
      return planned.kind === 'move' && override !== undefined ? { ...planned, keys: { override } } : planned;
    },
  });
}

/** The previous environment, in the order of stk.yaml. */
function sourceBefore({ identity }: CommandContext, environment: string): string {
  const before = identity.environments[identity.environments.indexOf(environment) - 1];
  return before === undefined ? '--release-id ID' : `--from ${before}`;
}

async function readSource(
  context: CommandContext,
  repo: LocalRepo,
  { tip, from, check }: { tip: string; from: string; check: boolean },
): Promise<PromotionRequest['source']> {
  const desired = await releaseOf(repo, tip, from);
  const source = { kind: 'environment', environment: from, desired } as const;
  if (!check) return { ...source, serving: null };
  const hub = context.hub.of(from);
  const ask = async (): Promise<string | undefined> =>
    (await hub.environment(context.project, from)).serving?.release;
  try {
    const serving = await ask();
    if (serving === desired) return { ...source, serving };
    // The Hub may not have seen the newest commit yet.
    await hub.sync(context.project);
    return { ...source, serving: await ask() };
  } catch (error) {
    if (!(error instanceof StkError)) throw error;
    throw new StkError(
      error.code,
      `cannot tell whether ${from} serves what it should: ${error.message.replace(/\.$/, '')}; nothing was written`,
      {
        hint:
          error.code === 'hub-unavailable'
            ? `${error.hint ?? ''} In an emergency, --no-check commits without a check.`.trim()
            : error.code === 'unknown-environment'
              ? adviseHub(from)
              : (error.hint ??
                `Name the release itself with --release-id${desired === undefined ? '' : ` ${desired}`}.`),
        details: error.details,
        cause: error,
      },
    );
  }
}

/** The release that an environment's pointer names at a revision. */
export async function releaseOf(
  repo: LocalRepo,
  revision: string,
  environment: string,
): Promise<string | undefined> {
  const text = await repo.file(revision, pointerPath(environment));
  return text === undefined ? undefined : readPointerRelease(text);
}

export async function isReleaseFile(
  repo: LocalRepo,
  revision: string,
  release: string | undefined,
): Promise<boolean> {
  if (release === undefined || !isId(release)) return false;
  return (await repo.file(revision, `releases/${release}.yaml`)) !== undefined;
}
