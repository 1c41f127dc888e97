// What every command that records evidence needs first: the clone at its tip, the author, and the policy there.
import type { CommitAuthor } from '../../git/config-repo.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import type { EvidenceBasis } from '../../promotion/plan-evidence.ts';
import type { CommandContext } from '../context.ts';
import type { LocalRepo } from '../repo/local-repo.ts';
import { readPolicy } from './read-policy.ts';

export interface OpenedEvidence {
  readonly repo: LocalRepo;
  /** The commit from which everything is read. */
  readonly tip: string;
  readonly author: CommitAuthor;
  readonly pipeline: Pipeline;
  readonly basis: EvidenceBasis;
  /** The records branch. */
  readonly branch: string;
}

/** `given`: `Name <mail>`; `undefined` for git's own identity. */
export async function openEvidence(
  context: CommandContext,
  given: string | undefined,
): Promise<OpenedEvidence> {
  return evidenceOf(context, await context.openRepo(), given);
}

/** The same over a repo that is open. */
export async function evidenceOf(
  context: CommandContext,
  repo: LocalRepo,
  given: string | undefined,
): Promise<OpenedEvidence> {
  const [tip, author] = await Promise.all([repo.tip(), repo.identity(given)]);
  const pipeline = await readPolicy(repo, tip);
  const now = context.services.clock.now();
  const basis = { repo: repo.reader, revision: tip, pipeline, now, by: author.email, through: undefined };
  return { repo, tip, author, pipeline, basis, branch: pipeline.records.branch };
}
