// The text of a pull request that the Hub opens: the same Markdown as `stk release check` prints.
import { toVerdict, type CheckVerdict } from '../cli/hub/check-verdict.ts';
import { formatProposal } from '../cli/print/proposal-text.ts';
import { judgeRelease } from '../hub/control/judge-release.ts';
import { diffReleases } from '../model/release-diff.ts';
import type { ProposalFacts } from '../reconciler/proposals/describe-proposal.ts';

export async function describeProposal(facts: ProposalFacts): Promise<string> {
  return formatProposal({ ...facts, verdict: await verdictOf(facts) });
}

async function verdictOf(facts: ProposalFacts): Promise<CheckVerdict | null> {
  const { environment, from, to: release, checked, gates, releases } = facts;
  if (checked === undefined) return null;
  const answered = { check: () => Promise.resolve(checked) };
  const judged = await judgeRelease(answered, environment, { release, forMove: false });
  const subject = { environment, from: from ?? null, release };
  const verdict = toVerdict(subject, judged.kind === 'refused' ? judged.error : { ...judged, environment });
  const diff = releases === undefined ? null : diffReleases(releases.before, releases.after);
  return { ...verdict, diff, gates };
}
