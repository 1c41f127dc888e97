// `stk drill run` and `resume`: a real rollback to last-known-good and forward again, measured and recorded.
import { StkError } from '../../../kernel/errors.ts';
import { backTrailer, drillId, forwardTrailer, type DrillCommit } from '../../../promotion/drill-trailers.ts';
import { noTarget } from '../../../promotion/rollback-targets.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import type { DrillReport } from '../../drill/drill-document.ts';
import { commitDrillMove, watchDrillMove, type DrillSeen } from '../../drill/drill-move.ts';
import { finishDrill } from '../../drill/finish-drill.ts';
import { readUnder, sayUnder } from '../../drill/under-way.ts';
import { readPolicy } from '../../govern/read-policy.ts';
import type { LocalRepo } from '../../repo/local-repo.ts';
import { openLocalRepo } from '../../repo/open-local-repo.ts';
import { plainLine } from '../../print/plain-text.ts';
import { releaseOf } from '../release/release-promote.ts';

export interface DrillOptions {
  readonly env: string;
  readonly author?: string;
  readonly remote?: string;
  /** Milliseconds for each way. */
  readonly timeout: number;
  /** The environment, when it is the last one. */
  readonly yesReally?: string;
}

/** Exit code 3: the drill failed. */
export async function runDrill(context: CommandContext, options: DrillOptions): Promise<number> {
  const { env: environment, author } = options;
  const { services, hub, project, output } = context;
  requireEnvironment(context.identity, environment);
  const startedAt = services.clock.now();
  const repo = await context.openRepo();
  const tip = await repo.tip();
  await requireReallyMeant(repo, tip, options);
  const under = await readUnder(repo, tip, environment);
  if (under?.drill.phase === 'back')
    throw new StkError('conflict', `a drill of ${environment} is already running: ${sayUnder(under)}`, {
      hint: `stk drill resume --env ${environment}`,
    });
  const release = await releaseOf(repo, tip, environment);
  const { serving } = await hub.environment(project, environment);
  if (release === undefined || serving?.release !== release)
    throw new StkError(
      'conflict',
      `${environment} serves ${serving?.release ?? 'nothing'}, and its pointer names ${release ?? 'nothing'}: a drill begins when both are the same release`,
      { hint: `stk status --env ${environment}` },
    );
  const target = await hub.rollbackTarget(project, environment, 'last-known-good');
  if (target.release === null)
    throw noTarget({ environment, kind: 'last-known-good', skipped: target.skipped });
  const to = target.release;
  const id = drillId(startedAt);
  output.narrate(`drill ${id}: ${environment} goes back to ${to}`);
  const back = { environment, to, reason: `drill: back to ${to}`, author, timeout: options.timeout };
  let decideMs = 0;
  const moved = await commitDrillMove(context, repo, {
    ...back,
    trailers: () => {
      decideMs = services.clock.now() - startedAt;
      return backTrailer(id, decideMs);
    },
  });
  const seen = await watchDrillMove(context, back, { ...moved, since: services.clock.now() });
  return goForward(context, options, {
    drill: { phase: 'back', id, startedAt, decideMs },
    release,
    to,
    seen,
  });
}

/** Exit code 4: there is no drill to end. */
export async function resumeDrill(context: CommandContext, options: DrillOptions): Promise<number> {
  const { env: environment } = options;
  requireEnvironment(context.identity, environment);
  const repo = await context.openRepo();
  const under = await readUnder(repo, await repo.tip(), environment);
  if (under === undefined)
    throw new StkError('unknown-release', `no drill of ${environment} is running`, {
      hint: `stk drill run --env ${environment}`,
    });
  const { drill, revision, at, from, to } = under;
  context.output.narrate(sayUnder(under));
  if (drill.phase === 'back') {
    const way = { environment, to, timeout: options.timeout };
    const seen = await watchDrillMove(context, way, {
      revision,
      pushed: true,
      since: context.services.clock.now(),
    });
    // The Hub knows how long it has been served.
    const { serving } = await context.hub.environment(context.project, environment);
    const since = serving?.release === to ? Date.parse(serving.since) : Number.NaN;
    const serveMs = Number.isNaN(since) ? seen.serveMs : Math.max(0, since - Date.parse(at));
    return goForward(context, options, { drill, release: from, to, seen: { ...seen, serveMs } });
  }
  const seen = await watchDrillMove(
    context,
    { environment, to, timeout: options.timeout },
    { revision, pushed: true, since: context.services.clock.now() },
  );
  return conclude(context, options, { drill, release: to, to: from, forward: seen, problems: [] });
}

interface Back {
  readonly drill: Extract<DrillCommit, { phase: 'back' }>;
  /** The drilled release. */
  readonly release: string;
  readonly to: string;
  readonly seen: DrillSeen;
}

/** The environment always goes forward again, whatever happened on the way back. */
async function goForward(
  context: CommandContext,
  options: DrillOptions,
  { drill, release, to, seen }: Back,
): Promise<number> {
  const { env: environment, author, timeout } = options;
  const { output, services } = context;
  for (const problem of seen.problems) output.narrate(plainLine(`problem: ${problem}`));
  output.narrate(`${to} was served after ${seen.serveMs} ms; ${environment} goes forward to ${release}`);
  const isGood = seen.problems.length === 0;
  const way = { decideMs: drill.decideMs, serveMs: seen.serveMs, verifyMs: seen.verifyMs, isGood };
  const forward = { environment, to: release, reason: `drill: forward to ${release}`, author, timeout };
  const moved = await withFreshRepo(context, (repo) =>
    commitDrillMove(context, repo, { ...forward, trailers: () => forwardTrailer(drill.id, way) }),
  );
  const again = await watchDrillMove(context, forward, { ...moved, since: services.clock.now() });
  const { id, startedAt } = drill;
  return conclude(context, options, {
    drill: { phase: 'forward', id, startedAt, back: way },
    release,
    to,
    forward: again,
    problems: seen.problems,
  });
}

interface Ended {
  readonly drill: Extract<DrillCommit, { phase: 'forward' }>;
  readonly release: string;
  readonly to: string;
  readonly forward: DrillSeen;
  /** Problems of the way back. */
  readonly problems: readonly string[];
}

async function conclude(context: CommandContext, options: DrillOptions, ended: Ended): Promise<number> {
  const { output, project } = context;
  const { drill, release, to, forward } = ended;
  const { id, startedAt, back } = drill;
  const unnamed = !back.isGood && ended.problems.length === 0 ? [`the rollback to ${to} had problems`] : [];
  const problems = [...ended.problems, ...unnamed, ...forward.problems];
  const isGood = forward.problems.length === 0;
  const result = back.isGood && isGood ? 'passed' : 'failed';
  const finished = await withFreshRepo(context, async (repo) => {
    const { email: by } = await repo.identity(options.author);
    const report: DrillReport = {
      id,
      environment: options.env,
      release,
      to,
      startedAt,
      by,
      back,
      forward: { ...forward, isGood },
      result,
      problems: problems.map(plainLine),
    };
    return finishDrill(context, repo, { report, author: options.author, remote: options.remote });
  });
  const { decideMs, serveMs, verifyMs } = back;
  output.result(
    {
      project,
      drill: id,
      environment: options.env,
      release,
      to,
      result,
      decideMs,
      serveMs,
      verifyMs,
      problems,
      ...finished,
    },
    `${options.env}: drill ${result}: decided in ${decideMs} ms, ${to} served in ${serveMs} ms, verified in ${verifyMs} ms; ${release} is served again\n${finished.document}`,
  );
  for (const problem of forward.problems) output.narrate(plainLine(`problem: ${problem}`));
  return result === 'passed' ? 0 : 3;
}

/** A repo decides on one tip: each commit needs a tip that includes the previous one. */
async function withFreshRepo<T>(
  { root, services, output }: CommandContext,
  work: (repo: LocalRepo) => Promise<T>,
): Promise<T> {
  const repo = await openLocalRepo(root, services, (line) => output.narrate(line));
  try {
    return await work(repo);
  } finally {
    await repo.close();
  }
}

async function requireReallyMeant(
  repo: LocalRepo,
  tip: string,
  { env, yesReally }: DrillOptions,
): Promise<void> {
  const { environments } = await readPolicy(repo, tip);
  const isLast = ![...environments.values()].some(({ from }) => from.includes(env));
  if (!isLast || yesReally === env) return;
  throw new StkError('usage', `${env} is the last environment: a drill there changes what everybody uses`, {
    hint: `Drill an earlier environment, or confirm with --yes-really ${env}`,
  });
}
