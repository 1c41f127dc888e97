// `--propose`: commits a move on a separate branch, and opens a pull request when stk.yaml names a forge. The same
// command again continues: it opens nothing twice, and does not reopen what a person closed.
import type { Forge, PullRequest } from '../forge/forge.ts';
import { StkError } from '../kernel/errors.ts';
import type { JudgedMove } from '../promotion/apply-move.ts';
import { openProjectForge } from './repo/open-project-forge.ts';
import type { CommandContext } from './context.ts';
import { diffOf } from './govern/ask-fit.ts';
import type { CheckVerdict } from './hub/check-verdict.ts';
import type { GatesAnswer } from './hub/gates-answer.ts';
import { countFindings } from './print/findings-report.ts';
import type { MoveResult } from './print/move-result.ts';
import { plainLine } from './print/plain-text.ts';
import { formatProposal } from './print/proposal-text.ts';
import type { LocalRepo, Proposed } from './repo/local-repo.ts';

export interface Proposal {
  readonly judged: JudgedMove;
  readonly gates: GatesAnswer | null;
  readonly result: MoveResult;
  /** The commit that the plan is based on. */
  readonly tip: string;
  readonly author: string | undefined;
  readonly reason: string | undefined;
}

export async function proposeMove(
  context: CommandContext,
  repo: LocalRepo,
  proposal: Proposal,
): Promise<number> {
  const { judged, author, result } = proposal;
  const { plan, message } = judged;
  const branch = `${plan.action}/${plan.environment}/${plan.to}`;
  const proposed = await repo.proposePointer({ ...plan, message, author, branch });
  const { revision, pushedTo, into, isNew } = proposed;
  const where = pushedTo === null ? 'in this clone' : `pushed to ${pushedTo}`;
  const forge = await openProjectForge(context, repo, proposal.tip);
  const pull =
    forge === undefined || pushedTo === null
      ? undefined
      : await openPullRequest(context, repo, { forge, proposal, proposed, branch });
  const shown = pull === undefined ? {} : { pullRequest: { number: pull.number, url: pull.url } };
  const next =
    pull === undefined
      ? `next: merge ${branch} into ${into}${pushedTo === null ? '' : ', by a pull request'}`
      : `next: merge ${plainLine(pull.url)}`;
  context.output.result(
    { ...result, proposed: { branch, revision, pushedTo, ...shown }, message },
    `${isNew ? 'proposed' : 'proposed already'} on ${branch}, ${where} (${revision}):\n\n${message.trimEnd()}\n\n${next}`,
  );
  return 0;
}

async function openPullRequest(
  context: CommandContext,
  repo: LocalRepo,
  request: {
    readonly forge: Forge;
    readonly proposal: Proposal;
    readonly proposed: Proposed;
    readonly branch: string;
  },
): Promise<PullRequest> {
  const { forge, proposal, proposed, branch } = request;
  const { judged, result, reason } = proposal;
  try {
    const there = await forge.find(branch);
    // An earlier branch of this name may have had a pull request; a person closed the one of this very commit.
    if (there?.state === 'closed' && there.revision === proposed.revision) throw closed(there, branch);
    if (there?.state === 'open') return there;
    const { environment, from, to } = judged.plan;
    const verdict = await describeMove(repo, proposal);
    return await forge.open({
      branch,
      into: proposed.into,
      title: judged.message.split('\n')[0] ?? '',
      text: formatProposal({ environment, from, to, verdict, reason }),
    });
  } catch (thrown) {
    if (!(thrown instanceof StkError)) throw thrown;
    const { revision, pushedTo } = proposed;
    const message = `${branch} is pushed to ${pushedTo ?? ''} (${revision.slice(0, 10)}), but no pull request was opened: ${thrown.message}`;
    throw new StkError(thrown.code, message, {
      hint: thrown.hint ?? 'Run the same command again, or open the pull request by hand.',
      details: { ...result, proposed: { branch, revision, pushedTo } },
      cause: thrown,
    });
  }
}

function closed({ number, url }: PullRequest, branch: string): StkError {
  return new StkError('conflict', `somebody closed #${number}, which proposed it before`, {
    hint: `Open it again at ${plainLine(url)}, or delete the branch ${branch} and propose anew.`,
  });
}

/** `null` when it was not checked whether the release fits. */
async function describeMove(
  repo: LocalRepo,
  { judged: { plan, judged }, gates, tip }: Proposal,
): Promise<CheckVerdict | null> {
  if (judged.kind !== 'fits') return null;
  const { findings, fingerprint = null } = judged;
  return {
    environment: plan.environment,
    from: plan.from ?? null,
    release: plan.to,
    verdict: 'fits',
    code: null,
    message: `fits (${countFindings(findings)})`,
    hint: null,
    fingerprint,
    findings,
    errors: [],
    rollbackTargets: [],
    diff: await diffOf(repo, tip, plan),
    gates: gates?.gates ?? [],
  };
}
