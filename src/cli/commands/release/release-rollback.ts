// `stk release rollback`: restores a release that the environment served before: the previous one, the last known good
// one, or one by name.
import { shallowError } from '../../../git/process/git-failure.ts';
import { usesPipeline } from '../../../documents/project/uses-pipeline.ts';
import { StkError } from '../../../kernel/errors.ts';
import { listBelow } from '../../../promotion/activation-pile.ts';
import type { Change } from '../../../promotion/change.ts';
import { parseReason } from '../../../promotion/commit-message.ts';
import { planRollback, type Planned } from '../../../promotion/plan.ts';
import { openIncident } from '../../../promotion/rollback-incident.ts';
import { noTarget, rollbackTargets } from '../../../promotion/rollback-targets.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import type { TargetKind } from '../../hub/target-answer.ts';
import { movePointer, type MoveOptions } from '../../move-pointer.ts';
import { formatMatrix } from '../../print/matrix-table.ts';
import { plainLine } from '../../print/plain-text.ts';
import type { LocalRepo } from '../../repo/local-repo.ts';
import { isReleaseFile, releaseOf } from './release-promote.ts';

export interface RollbackOptions extends MoveOptions {
  readonly env: string;
  readonly toReleaseId?: string;
  readonly to?: TargetKind;
  /** False: `--no-hold`. */
  readonly hold?: boolean;
  /** False: `--no-incident`. */
  readonly incident?: boolean;
}

const matrixRows = 25;

export async function rollbackRelease(context: CommandContext, options: RollbackOptions): Promise<number> {
  const { env: environment } = options;
  requireEnvironment(context.identity, environment);
  const release = await chooseRelease(context, options);
  try {
    return await movePointer(context, {
      environment,
      options,
      release,
      demand: 'rollback',
      overrides: [],
      plan: (repo, tip) => planBack(context, repo, { tip, release, options }),
    });
  } catch (error) {
    if (!(error instanceof StkError) || error.code !== 'incompatible' || error.details['committed'] === true)
      throw error;
    throw await withMatrix(context, environment, error);
  }
}

async function chooseRelease(context: CommandContext, options: RollbackOptions): Promise<string> {
  const { env: environment, toReleaseId, to: kind = 'previous', check } = options;
  if (toReleaseId !== undefined && options.to !== undefined)
    throw new StkError('usage', 'give either --to-release-id or --to, not both', {
      hint: `stk release rollback --env ${environment} --to-release-id ${toReleaseId}`,
    });
  if (toReleaseId !== undefined) return toReleaseId;
  if (!check) return chooseFromHistory(context, environment, kind);
  const { hub, project, output } = context;
  const { release, skipped } = await hub.rollbackTarget(project, environment, kind);
  for (const one of skipped) output.narrate(plainLine(`skipped ${one.release}: ${one.why}`));
  if (release === null) throw noTarget({ environment, kind, skipped });
  return release;
}

/** Without the Hub, what was served is unknown: the pointer's history shows what it named. */
async function chooseFromHistory(
  { openRepo, output }: CommandContext,
  environment: string,
  kind: TargetKind,
): Promise<string> {
  if (kind === 'last-known-good')
    throw new StkError('usage', 'only the Hub knows which release is known to be good', {
      hint: 'Leave --no-check out, or name the release with --to-release-id.',
    });
  const repo = await openRepo();
  const changes = await repo.changes(await repo.tip(), environment);
  const named = changes.toReversed().flatMap(({ release, revision, at, action }) => {
    const isRollback = action === 'rollback' || action === 'revert';
    if (release === null) return [];
    return [{ release, digest: release, revision, at: Date.parse(at), isRollback, undoneBy: null }];
  });
  const current = changes[0]?.release ?? undefined;
  const [below] = listBelow(named, current === undefined ? undefined : { release: current, digest: current });
  if (below === undefined) throw noTarget({ environment, kind, skipped: [] });
  output.narrate(
    `${below.release} is what the pointer named before; it was not checked whether it was served`,
  );
  return below.release;
}

interface BackRequest {
  readonly tip: string;
  readonly release: string;
  readonly options: RollbackOptions;
}

async function planBack(
  context: CommandContext,
  repo: LocalRepo,
  { tip, release, options }: BackRequest,
): Promise<Planned> {
  const { env: environment } = options;
  const current = await releaseOf(repo, tip, environment);
  const changes = await repo.changes(tip, environment);
  const targets = rollbackTargets(changes);
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
  // Without automatic moves, nothing is held and no incident is opened.
  const isGoverned = usesPipeline((await repo.file(tip, 'stk.yaml')) ?? '');
  if (planned.kind !== 'move' || !isGoverned) return planned;
  const parsed = parseReason(options.reason);
  const reason = parsed.kind === 'ok' ? parsed.reason : undefined;
  const hold = { reason: reason ?? `rolled back to ${release}` };
  const { email: actor } = await repo.identity(options.author);
  const incident = openIncident({
    environment,
    release: current ?? 'nothing',
    to: release,
    cause: 'person',
    actor,
    reason,
    at: context.services.clock.now(),
    named: namedBy(changes, current),
  });
  return {
    ...planned,
    ...(options.hold === false ? {} : { keys: { hold } }),
    ...(options.incident === false ? {} : { beside: incident }),
  };
}

function namedBy([newest]: readonly Change[], current: string | undefined): Change | null {
  return newest !== undefined && newest.release === current ? newest : null;
}

/** A refused rollback shows which releases fit. */
async function withMatrix(
  { hub, project, output }: CommandContext,
  environment: string,
  error: StkError,
): Promise<StkError> {
  try {
    const matrix = await hub.matrix(project, environment, matrixRows);
    output.narrate(`what fits ${environment} now:\n\n${formatMatrix(matrix)}\n`);
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    const details = { ...error.details, matrix: matrix.releases };
    return new StkError(error.code, error.message, { ...hint, details, cause: error });
  } catch (thrown) {
    if (thrown instanceof StkError) return error;
    throw thrown;
  }
}
