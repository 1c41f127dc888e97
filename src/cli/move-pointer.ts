// One promotion or rollback from start to end: plans, commits the move in this clone, waits until it is served. The
// commands choose what to plan; src/promotion defines a move.
import { applyMove, judgeMove, type Judged, type JudgedMove } from '../promotion/apply-move.ts';
import { parseReason } from '../promotion/commit-message.ts';
import { filesAt } from '../promotion/files-at.ts';
import type { MovePlan, Planned } from '../promotion/plan.ts';
import { askAhead, followedRef } from './hub/ask-ahead.ts';
import type { CommandContext } from './context.ts';
import { askFit, diffOf } from './govern/ask-fit.ts';
import { askGates, type GateDemand, isGoverned } from './govern/ask-gates.ts';
import { reportCommitted } from './govern/report-committed.ts';
import { warnUnsigned } from './govern/warn-unsigned.ts';
import type { GatesAnswer } from './hub/gates-answer.ts';
import { formatDuration } from './print/duration.ts';
import { formatGates } from './print/gates-report.ts';
import { formatDiff } from './print/release-diff.ts';
import { countFindings, formatFindings } from './print/findings-report.ts';
import { localCommitter } from './repo/local-committer.ts';
import type { LocalRepo } from './repo/local-repo.ts';
import type { MoveResult } from './print/move-result.ts';
import { plainLine } from './print/plain-text.ts';
import { type Served, waitUntilServed } from './hub/wait-until-served.ts';

export interface MoveOptions {
  readonly reason?: string;
  readonly author?: string;
  readonly dryRun?: boolean;
  readonly propose?: boolean;
  /** False: `--no-check`. */
  readonly check: boolean;
  /** False: `--no-wait`. */
  readonly wait: boolean;
  /** Milliseconds. */
  readonly timeout: number;
}

export interface MoveOrder {
  readonly environment: string;
  readonly options: MoveOptions;
  /** The planned release, if it does not depend on git. */
  readonly release: string | undefined;
  /** How strictly gates are checked, when they are; default `rollback`. */
  readonly demand: GateDemand;
  /** Freezes that the move overrides. */
  readonly overrides: readonly string[];
  /** Decides on the content of `tip`. */
  plan(repo: LocalRepo, tip: string): Promise<Planned>;
}

export async function movePointer(context: CommandContext, move: MoveOrder): Promise<number> {
  const { output, services } = context;
  const { options, environment } = move;
  const startedAt = services.clock.now();
  const reason = parseReason(options.reason);
  if (reason.kind === 'refused') throw reason.error;
  const { release } = move;
  const isForward = move.demand !== 'rollback';
  const purpose = !isForward ? 'rollback' : options.dryRun === true ? undefined : 'move';
  const asked = options.check ? askAhead(context, { environment, release, purpose }) : undefined;
  const repo = await context.openRepo();
  const tip = await repo.tip();
  const [planned] = await Promise.all([
    move.plan(repo, tip),
    options.dryRun === true ? undefined : repo.prepareCommit(environment),
  ]);
  if (planned.kind === 'refused') throw planned.error;
  if (planned.kind === 'already') {
    // Another branch does not determine what the Hub serves.
    if (asked !== undefined) repo.requireBranch(await followedRef(context, repo, { tip, asked }));
    return reportAlready(context, environment, planned.release);
  }

  await warnUnsigned(context, repo, { tip, environment });
  const following = asked && followedRef(context, repo, { tip, asked });
  // If the Hub is unreachable, the verdict explains it best.
  following?.catch(() => undefined);
  const governed = isGoverned(repo, tip);
  governed.catch(() => undefined);
  const told: { answer: GatesAnswer | null } = { answer: null };
  const steps = {
    judge: async ({ to }: MovePlan): Promise<Judged> => {
      if (asked === undefined) return { kind: 'unchecked' };
      const question = { environment, release: to, purpose, tip, asked: asked.verdict } as const;
      const verdict = await askFit(context, repo, { question, demand: move.demand });
      if (await governed) {
        const { email: author } = await repo.identity(options.author);
        const { demand, overrides } = move;
        if (demand !== 'rollback')
          told.answer = await askGates(context, { environment, release: to, author, demand, overrides });
      }
      return { kind: 'fits', ...verdict };
    },
    facts: { reason: reason.reason, actor: undefined },
    committer: localCommitter(repo, { author: options.author, hubRef: () => following }),
    onJudged: (judged: JudgedMove) => narrateVerdict(context, resultOf(context, judged)),
  };
  if (options.dryRun === true) {
    const judged = await judgeMove(planned, steps);
    if (judged.kind === 'refused') throw judged.error;
    await following;
    const { message } = judged;
    const diff = await diffOf(repo, tip, planned);
    const parts = [
      `Would commit, changing environments/${environment}.yaml ${await describeBeside(repo, tip, planned)}:\n\n${message.trimEnd()}`,
      ...(diff === null ? [] : [formatDiff(diff, output.onStdout)]),
      formatGates(told.answer?.gates ?? []),
    ];
    const text = parts.filter((part) => part !== '').join('\n\n');
    output.result(
      { ...resultOf(context, judged), ...gatesOf(told.answer), dryRun: true, message, diff },
      text,
    );
    return 0;
  }
  if (options.propose === true) {
    const judged = await judgeMove(planned, steps);
    if (judged.kind === 'refused') throw judged.error;
    const { proposeMove } = await import('./propose-move.ts');
    const result = { ...resultOf(context, judged), ...gatesOf(told.answer) };
    const { author } = options;
    return proposeMove(context, repo, {
      judged,
      gates: told.answer,
      result,
      tip,
      author,
      reason: reason.reason,
    });
  }
  const outcome = await applyMove(planned, steps);
  if (outcome.kind === 'refused') throw outcome.error;
  if (outcome.kind === 'already') return reportAlready(context, environment, outcome.release);
  const { plan, commit: committed, message } = outcome;
  output.narrate(
    `committed ${committed.revision.slice(0, 10)}${committed.pushed ? ' and pushed it' : ''}: ${message.split('\n')[0] ?? ''}`,
  );
  for (const note of committed.notes) output.narrate(`note: ${plainLine(note)}`);
  const done: MoveResult = {
    ...resultOf(context, outcome),
    ...gatesOf(told.answer),
    committed: true,
    pushed: committed.pushed,
    revision: committed.revision,
  };
  if (move.demand === 'when-ready' || move.demand === 'hotfix')
    return reportCommitted(context, done, told.answer);
  if (!options.wait || !options.check) {
    output.narrate(`stk did not wait; see the result: stk status --env ${environment}`);
    output.result(done, `${environment}: ${describeMove(plan)} committed as ${committed.revision}`);
    return 0;
  }
  const served = await waitUntilServed(context, {
    environment,
    release: plan.to,
    revision: committed.revision,
    tip,
    pushed: committed.pushed,
    timeoutMs: options.timeout,
  });
  if (served.kind !== 'served') {
    const { notServed } = await import('./print/move-result.ts');
    throw notServed(done, await withReason(context, environment, served), options.timeout);
  }
  const took = formatDuration(services.clock.now() - startedAt);
  output.result(
    { ...done, serving: plan.to },
    `${environment} serves ${plan.to} (${describeMove(plan)}, ${took})`,
  );
  return 0;
}

/** Adds the reason that the next mover of the pointer gave, above all a Hub that took a release back. */
async function withReason(
  { hub, project }: CommandContext,
  environment: string,
  served: Exclude<Served, { kind: 'served' }>,
): Promise<Exclude<Served, { kind: 'served' }>> {
  if (served.kind !== 'superseded') return served;
  // Without it, the commit is still named.
  const newest = await hub.history(project, environment, 1).catch(() => undefined);
  return { ...served, reason: newest?.changes[0]?.reason };
}

/** Files that the commit adds beside the pointer. */
async function describeBeside(repo: LocalRepo, tip: string, { beside }: MovePlan): Promise<string> {
  const files = await beside?.(filesAt(repo.reader, tip));
  return files === undefined || files.size === 0 ? 'only' : `and adding ${[...files.keys()].join(', ')}`;
}

function describeMove(plan: MovePlan): string {
  return plan.from === undefined
    ? `${plan.action} to ${plan.to}`
    : `${plan.action} ${plan.from} -> ${plan.to}`;
}

function reportAlready(context: CommandContext, environment: string, release: string): number {
  const result: MoveResult = {
    project: context.project,
    environment,
    action: null,
    from: release,
    to: release,
    already: true,
    dryRun: false,
    checked: false,
    fingerprint: null,
    findings: [],
    committed: false,
    pushed: false,
    revision: null,
    serving: null,
  };
  context.output.result(result, `the pointer of ${environment} already names ${release}; nothing to commit`);
  return 0;
}

function gatesOf(answer: GatesAnswer | null): Pick<MoveResult, 'gates'> {
  return answer === null ? {} : { gates: answer.gates };
}

function narrateVerdict({ output }: CommandContext, result: MoveResult): void {
  const { environment, to, findings } = result;
  if (!result.checked) {
    output.narrate(
      `${output.onStderr('yellow', 'unchecked:')} it was not checked whether ${to} fits ${environment}'s database; the Hub checks before it serves`,
    );
    return;
  }
  output.narrate(`${to} fits ${environment}'s database (${countFindings(findings)})`);
  const shown = formatFindings(
    { findings: findings.filter((finding) => finding.severity !== 'info') },
    output.onStderr,
  );
  if (shown !== '') output.narrate(`\n${shown}\n`);
}

function resultOf({ project }: CommandContext, { plan, judged }: JudgedMove): MoveResult {
  return {
    project,
    environment: plan.environment,
    action: plan.action,
    from: plan.from ?? null,
    to: plan.to,
    already: false,
    dryRun: false,
    checked: judged.kind === 'fits',
    fingerprint: judged.kind === 'fits' ? (judged.fingerprint ?? null) : null,
    findings: judged.kind === 'fits' ? judged.findings : [],
    committed: false,
    pushed: false,
    revision: null,
    serving: null,
  };
}
