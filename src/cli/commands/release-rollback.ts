// `stk release rollback`: restores a release that the environment named before.
import { shallowError } from '../../git/process/git-failure.ts';
import { usesPipeline } from '../../documents/uses-pipeline.ts';
import { parseReason } from '../../promotion/commit-message.ts';
import { planRollback } from '../../promotion/plan.ts';
import { rollbackTargets } from '../../promotion/rollback-targets.ts';
import { requireEnvironment, type CommandContext } from '../context.ts';
import { movePointer, type MoveOptions } from '../move-pointer.ts';
import { isReleaseFile, releaseOf } from './release-promote.ts';

export interface RollbackOptions extends MoveOptions {
  readonly env: string;
  readonly toReleaseId: string;
  /** False: `--no-hold`. */
  readonly hold?: boolean;
}

export async function rollbackRelease(context: CommandContext, options: RollbackOptions): Promise<number> {
  const { env: environment, toReleaseId: release } = options;
  requireEnvironment(context.identity, environment);
  return movePointer(context, {
    environment,
    options,
    release,
    demand: 'rollback',
    overrides: [],
    async plan(repo, tip) {
      const current = await releaseOf(repo, tip, environment);
      const targets = rollbackTargets(await repo.changes(tip, environment));
      const isTarget = release === current || targets.some((target) => target.release === release);
      if (!isTarget && (await repo.isShallow()))
        throw shallowError(context.root, `whether ${environment} named ${release} before`);
      const beside = isTarget ? undefined : await repo.namedBeside(tip, environment, release);
      const isKnown = options.check || (await isReleaseFile(repo, tip, release));
      const files = await repo.documents(tip, 'releases');
      const planned = planRollback({
        environment,
        current,
        release,
        targets,
        beside,
        isKnown: (id) => (id === release ? isKnown : files.has(id)),
      });
      // Nothing is held where automation moves nothing.
      const isHeld = options.hold !== false && usesPipeline((await repo.file(tip, 'stk.yaml')) ?? '');
      if (planned.kind !== 'move' || !isHeld) return planned;
      const parsed = parseReason(options.reason);
      const why = parsed.kind === 'ok' ? parsed.reason : undefined;
      return { ...planned, keys: { hold: { reason: why ?? `rolled back to ${release}` } } };
    },
  });
}
