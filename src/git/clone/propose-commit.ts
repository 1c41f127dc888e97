// Puts one commit on a separate branch, for review and merging: on the tip that was decided on, pushed when there is a
// remote. The followed branch stays unchanged. Uses the operator's identity and signing; no commit hook runs.
import { StkError } from '../../kernel/errors.ts';
import type { CommitAuthor } from '../config-repo.ts';
import { buildTree } from '../objects/build-commit.ts';
import { CommitReader } from '../objects/commit-reader.ts';
import { ObjectReader } from '../objects/object-reader.ts';
import { createRefReader } from '../refs/read-ref.ts';
import { commitTree, fetchTip, moveBranch, pushCommit } from './append-to-branch.ts';
import type { WorkingCopyContext } from './pointer-commit.ts';

export interface ProposalRequest {
  /** Without refs/heads/. */
  readonly branch: string;
  /** The parent of the commit. */
  readonly tip: string;
  /** Path → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  readonly author: CommitAuthor;
  readonly signal: AbortSignal | undefined;
  /** Whether a commit of the branch proposes the same. */
  isSame(revision: string): Promise<boolean>;
}

export interface ProposalOutcome {
  readonly revision: string;
  /** False when the branch already had such a commit. */
  readonly isNew: boolean;
}

export interface ProposalPlace {
  readonly context: WorkingCopyContext;
  readonly commonDirectory: string;
  /** `undefined` when the branch is only in this clone. */
  readonly remote: string | undefined;
}

/** Throws `conflict` when the branch has another proposal, and the errors of a push. */
export async function proposeCommit(
  place: ProposalPlace,
  request: ProposalRequest,
): Promise<ProposalOutcome> {
  const { context, commonDirectory, remote } = place;
  const { branch, tip, files, message, author, signal } = request;
  const ref = `refs/heads/${branch}`;
  const there =
    remote === undefined
      ? await createRefReader(commonDirectory)(ref)
      : ((await fetchTip(context, { remote, ref, signal })) ?? undefined);
  if (there !== undefined) {
    if (await request.isSame(there)) return { revision: there, isNew: false };
    throw isThere(branch, there, remote);
  }
  const objects = new ObjectReader({ gitDirectory: commonDirectory, environment: context.environment });
  try {
    const reader = new CommitReader(objects, commonDirectory);
    const { tree } = await buildTree({ reader, commonDirectory }, tip, files);
    const work = { context, append: { ref, message, author, signal } };
    const revision = await commitTree(work, tree, tip);
    const outcome =
      remote === undefined
        ? await moveBranch(work, revision, null)
        : await pushCommit(work, remote, revision);
    if (outcome.kind === 'committed') return { revision, isNew: true };
    throw isThere(branch, undefined, remote);
  } finally {
    objects.close();
  }
}

function isThere(branch: string, revision: string | undefined, remote: string | undefined): StkError {
  const at = revision === undefined ? '' : ` (${revision.slice(0, 10)})`;
  const drop = remote === undefined ? `git branch -D ${branch}` : `git push ${remote} --delete ${branch}`;
  const message = `the branch ${branch} already exists with other content${at}; nothing was written`;
  return new StkError('conflict', message, {
    hint: `Merge it, or delete it and propose again: ${drop}`,
    details: { branch },
  });
}
