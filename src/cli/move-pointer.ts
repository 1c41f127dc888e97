// One promotion or rollback, from the question to the served release: plan, ask the Hub, commit, wait. The commands
// say what to plan; what the plan is, is promotion's decision, and how a commit is made is git's.
import { StkError } from '../model/errors.ts';
import type { Finding } from '../model/finding.ts';
import { formatCommitMessage, parseReason } from '../promotion/commit-message.ts';
import type { MovePlan, Planned } from '../promotion/plan.ts';
import { askVerdict } from './ask-verdict.ts';
import type { CommandContext } from './context.ts';
import { formatDuration } from './duration.ts';
import { countFindings, formatFindings } from './findings-report.ts';
import type { LocalRepo } from './local-repo.ts';
import { plainLine } from './plain-text.ts';
import { waitUntilServed, type Served } from './wait-until-served.ts';

export interface MoveOptions {
  readonly reason?: string;
  readonly author?: string;
  readonly dryRun?: boolean;
  /** False: `--no-check`. */
  readonly check: boolean;
  /** False: `--no-wait`. */
  readonly wait: boolean;
  /** Milliseconds. */
  readonly timeout: number;
}

export interface Move {
  readonly environment: string;
  readonly options: MoveOptions;
  /** Decides on what stands at `tip`. */
  plan(repo: LocalRepo, tip: string): Promise<Planned>;
}

/** What a move reports with --json. */
export interface MoveResult {
  readonly project: string;
  readonly environment: string;
  readonly action: 'promote' | 'rollback' | null;
  readonly from: string | null;
  readonly to: string;
  /** The pointer named `to` already: nothing was done. */
  readonly already: boolean;
  readonly dryRun: boolean;
  readonly checked: boolean;
  readonly fingerprint: string | null;
  readonly findings: readonly Finding[];
  readonly committed: boolean;
  readonly pushed: boolean;
  readonly revision: string | null;
  /** Release that the Hub answers with; null: not known (`--no-wait`, `--no-check`). */
  readonly serving: string | null;
}

export async function movePointer(context: CommandContext, move: Move): Promise<number> {
  const { output, services } = context;
  const { options, environment } = move;
  const startedAt = services.clock.now();
  const reason = parseReason(options.reason);
  if (reason.kind === 'refused') throw reason.error;
  const repo = await context.openRepo();
  const tip = await repo.tip();
  const plan = await move.plan(repo, tip);
  if (plan.kind === 'refused') throw plan.error;
  if (plan.kind === 'already') {
    // What another branch names says nothing of what the Hub serves.
    if (options.check) repo.requireBranch(await followedRef(context, repo));
    return reportAlready(context, environment, plan.release);
  }

  const [verdict, hubRef] = await Promise.all([
    options.check ? askVerdict(context, repo, { environment, release: plan.to, tip }) : undefined,
    options.check ? followedRef(context, repo) : undefined,
    options.dryRun === true ? undefined : repo.prepareCommit(),
  ]);
  const result: MoveResult = {
    project: context.project,
    environment,
    action: plan.action,
    from: plan.from ?? null,
    to: plan.to,
    already: false,
    dryRun: options.dryRun === true,
    checked: verdict !== undefined,
    fingerprint: verdict?.fingerprint ?? null,
    findings: verdict?.findings ?? [],
    committed: false,
    pushed: false,
    revision: null,
    serving: null,
  };
  narrateVerdict(context, result);
  const message = formatCommitMessage(plan, {
    reason: reason.reason,
    fingerprint: verdict?.fingerprint,
    unchecked: verdict === undefined,
  });
  if (options.dryRun === true) {
    output.result(
      { ...result, message },
      `Would commit, changing environments/${environment}.yaml only:\n\n${message}`,
    );
    return 0;
  }
  const committed = await commit(repo, plan, { message, author: options.author, hubRef });
  output.narrate(
    `committed ${committed.revision.slice(0, 10)}${committed.pushed ? ' and pushed it' : ''}: ${message.split('\n')[0] ?? ''}`,
  );
  for (const note of committed.notes) output.narrate(`note: ${plainLine(note)}`);
  const done: MoveResult = {
    ...result,
    committed: true,
    pushed: committed.pushed,
    revision: committed.revision,
  };
  if (!options.wait || !options.check) {
    output.narrate(`not waited for; see what became of it: stk status --env ${environment}`);
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
  if (served.kind !== 'served') throw notServed(done, served, options.timeout);
  const took = formatDuration(services.clock.now() - startedAt);
  output.result(
    { ...done, serving: plan.to },
    `${environment} serves ${plan.to} (${describeMove(plan)}, ${took})`,
  );
  return 0;
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
  context.output.result(result, `${environment} already names ${release}; nothing to commit`);
  return 0;
}

function narrateVerdict({ output }: CommandContext, result: MoveResult): void {
  const { environment, to, findings } = result;
  if (!result.checked) {
    output.narrate(
      `${output.onStderr('yellow', 'unchecked:')} nobody asked whether ${to} fits ${environment}'s database; the Hub checks before it serves`,
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

/** A commit on another branch than the Hub's would never be served; one in another repository neither. */
async function followedRef(
  { hub, project, output }: CommandContext,
  repo: LocalRepo,
): Promise<string | undefined> {
  const known = (await hub.projects()).find((one) => one.project === project);
  if (known?.observedRevision !== undefined && !(await repo.has(known.observedRevision))) {
    output.narrate(
      `note: the Hub at ${hub.address.url} is at commit ${plainLine(known.observedRevision).slice(0, 10)}, which this clone does not have; does it follow this repository?`,
    );
  }
  return known?.ref;
}

async function commit(
  repo: LocalRepo,
  plan: MovePlan,
  how: { readonly message: string; readonly author: string | undefined; readonly hubRef: string | undefined },
): Promise<{ revision: string; pushed: boolean; notes: readonly string[] }> {
  const { environment, to } = plan;
  const outcome = await repo.commitPointer({ environment, to, ...how });
  if (outcome.kind === 'committed') return outcome;
  const moved = outcome.release === undefined ? 'changed' : `moved to ${outcome.release}`;
  throw new StkError(
    'conflict',
    `${environment} was ${moved} meanwhile by ${plainLine(outcome.by)} (${outcome.revision.slice(0, 10)}); nothing was committed`,
    {
      hint: `Look at what they did (git show ${outcome.revision.slice(0, 10)}), then run the command again if it is still wanted.`,
      details: { environment, release: outcome.release ?? null, by: outcome.by, movedIn: outcome.revision },
    },
  );
}

function notServed(
  done: MoveResult,
  served: Exclude<Served, { kind: 'served' }>,
  timeoutMs: number,
): StkError {
  const { environment, to, revision } = done;
  const short = revision?.slice(0, 10) ?? '';
  const details = { ...done, ...('findings' in served ? { findings: served.findings } : {}) };
  const back = `To take it back: git revert ${short}, or stk release rollback --env ${environment} --to-release-id ID`;
  switch (served.kind) {
    case 'refused':
      return new StkError(
        'incompatible',
        `committed ${short}, but the Hub refuses ${to} for ${environment}: ${served.message}`,
        {
          hint: `${environment} goes on serving ${served.serving ?? 'nothing'}. ${back}`,
          details: { ...details, reason: served.reason },
        },
      );
    case 'superseded':
      return new StkError(
        'conflict',
        `committed ${short}, but ${plainLine(served.by)} has moved ${environment} on to ${served.release} since`,
        { hint: `See what happened: stk release list --env ${environment}`, details },
      );
    case 'interrupted':
      return new StkError(
        'not-served-in-time',
        `interrupted after committing ${short}; the Hub goes on without this command`,
        {
          hint: `See how it went: stk status --env ${environment}`,
          details,
        },
      );
    case 'late': {
      const why = served.message === undefined ? '' : `: ${served.message}`;
      return new StkError(
        'not-served-in-time',
        `committed ${short}, but ${environment} does not serve ${to} after ${formatDuration(timeoutMs)}${why}`,
        { hint: `The Hub goes on trying. Look again: stk status --env ${environment}. ${back}.`, details },
      );
    }
  }
}
