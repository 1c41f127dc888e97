// One way of a drill: moves the pointer for real, waits until it is served, and verifies the result with the smoke
// tests.
import { StkError } from '../../kernel/errors.ts';
import { applyMove, type Judged } from '../../promotion/apply-move.ts';
import type { DrillTimes } from '../../promotion/drill-trailers.ts';
import { planRollback } from '../../promotion/plan.ts';
import { rollbackTargets } from '../../promotion/rollback-targets.ts';
import type { CommandContext } from '../context.ts';
import { askAhead, followedRef } from '../hub/ask-ahead.ts';
import { waitUntilServed } from '../hub/wait-until-served.ts';
import { releaseOf } from '../commands/release/release-promote.ts';
import { localCommitter } from '../repo/local-committer.ts';
import type { LocalRepo } from '../repo/local-repo.ts';

export interface DrillMove {
  readonly environment: string;
  readonly to: string;
  readonly reason: string;
  readonly author: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  /** Trailers of the commit, computed as late as possible. */
  trailers(): ReadonlyMap<string, string>;
}

export interface DrillMoved {
  readonly revision: string;
  readonly pushed: boolean;
}

/** Commits the move. When something stops it, it throws and has written nothing. */
export async function commitDrillMove(
  context: CommandContext,
  repo: LocalRepo,
  move: DrillMove,
): Promise<DrillMoved> {
  const { environment, to, reason, author } = move;
  const tip = await repo.tip();
  const asked = askAhead(context, { environment, release: to, purpose: 'rollback' });
  const following = followedRef(context, repo, { tip, asked });
  following.catch(() => undefined);
  const targets = rollbackTargets(await repo.changes(tip, environment));
  const current = await releaseOf(repo, tip, environment);
  const planned = planRollback({
    environment,
    current,
    release: to,
    targets,
    beside: undefined,
    isKnown: () => true,
  });
  const judge = async (): Promise<Judged> => {
    const verdict = await asked.verdict;
    return { kind: 'fits', fingerprint: verdict?.fingerprint, findings: verdict?.findings ?? [] };
  };
  const outcome = await applyMove(planned, {
    judge,
    facts: { reason, cause: 'drill', further: move.trailers() },
    committer: localCommitter(repo, { author, hubRef: () => following }),
  });
  if (outcome.kind === 'moved') return { revision: outcome.commit.revision, pushed: outcome.commit.pushed };
  if (outcome.kind === 'refused') throw outcome.error;
  throw new StkError('conflict', `the pointer of ${environment} already names ${to}`, {
    hint: `stk status --env ${environment}`,
  });
}

export interface DrillSeen extends Omit<DrillTimes, 'decideMs'> {
  readonly problems: readonly string[];
}

/** Waits until the move is served, then verifies it. `since`: the time of the commit; milliseconds since 1970. */
export async function watchDrillMove(
  context: CommandContext,
  { environment, to, timeout }: Pick<DrillMove, 'environment' | 'to' | 'timeout'>,
  { revision, pushed, since }: DrillMoved & { readonly since: number },
): Promise<DrillSeen> {
  const { services, hub, project } = context;
  const { clock } = services;
  const served = await waitUntilServed(context, {
    environment,
    release: to,
    revision,
    pushed,
    timeoutMs: timeout,
  });
  const serveMs = Math.max(0, clock.now() - since);
  if (served.kind !== 'served') {
    const why = 'message' in served && served.message !== undefined ? `: ${served.message}` : '';
    return { serveMs, verifyMs: 0, problems: [`${to} is not served (${served.kind})${why}`] };
  }
  const startedAt = clock.now();
  const problems: string[] = [];
  try {
    const { tests } = await hub.of(environment).smoke(project, environment, undefined);
    for (const { name, outcome, expected, got } of tests)
      if (outcome === 'failed') problems.push(`${to}: ${name}: expected ${expected ?? ''}, got ${got ?? ''}`);
    const { conditions } = await hub.environment(project, environment);
    for (const { type, status, message } of conditions)
      if (type === 'Ready' && status !== 'True') problems.push(`${to}: ${message}`);
  } catch (error) {
    if (!(error instanceof StkError)) throw error;
    problems.push(`${to} could not be verified: ${error.message}`);
  }
  return { serveMs, verifyMs: clock.now() - startedAt, problems };
}
