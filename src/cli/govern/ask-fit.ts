// The Hub's verdict on the database for a move that may also have gates, and what the move changes.
import { StkError } from '../../kernel/errors.ts';
import type { Finding } from '../../model/finding.ts';
import { diffReleases, type ReleaseDiff } from '../../model/release-diff.ts';
import type { MovePlan } from '../../promotion/plan.ts';
import { askVerdict, type VerdictQuestion } from '../hub/ask-verdict.ts';
import { readFindings } from '../hub/hub-answers.ts';
import type { CommandContext } from '../context.ts';
import type { LocalRepo } from '../repo/local-repo.ts';
import { readReleaseAt } from '../repo/read-releases.ts';
import type { GateDemand } from './ask-gates.ts';

export interface AskedFit {
  readonly fingerprint: string | undefined;
  readonly findings: readonly Finding[];
}

/** Throws the reason against the release, except gates: a forward move checks gates afterwards. */
export async function askFit(
  context: CommandContext,
  repo: LocalRepo,
  { question, demand }: { readonly question: VerdictQuestion; readonly demand: GateDemand },
): Promise<AskedFit> {
  try {
    const { fingerprint, findings } = await askVerdict(context, repo, question);
    return { fingerprint, findings };
  } catch (error) {
    const isGates = error instanceof StkError && error.code === 'gate-not-met';
    if (!isGates || demand === 'rollback') throw error;
    // It fits: a finding that blocks would have thrown before.
    const { fingerprint, findings } = error.details;
    return {
      fingerprint: typeof fingerprint === 'string' ? fingerprint : undefined,
      findings: readFindings(findings),
    };
  }
}

/** `null` when there is nothing to compare with, or one of the two cannot be read here. */
export async function diffOf(
  repo: LocalRepo,
  tip: string,
  { from, to }: Pick<MovePlan, 'from' | 'to'>,
): Promise<ReleaseDiff | null> {
  if (from === undefined) return null;
  try {
    const [before, after] = await Promise.all([readReleaseAt(repo, tip, from), readReleaseAt(repo, tip, to)]);
    return diffReleases(before, after);
  } catch (error) {
    if (error instanceof StkError && ['unknown-release', 'release-invalid'].includes(error.code)) return null;
    throw error;
  }
}
