// Whether a commit of the followed branch counts when signatures are required: its author signed it, or a forge did for
// its author. For a merge signed by a forge, each of its commits that changed the files must count.
import type { CommitInfo, ConfigRepo } from '../../git/config-repo.ts';
import type { TrustedKeys } from '../../git/signatures/trusted-keys.ts';

export type CommitStanding = { readonly counts: true } | { readonly counts: false; readonly why: string };

export interface Signers {
  readonly repo: ConfigRepo;
  readonly keys: TrustedKeys;
  /** Identities that sign merges and web edits. */
  readonly forge: readonly string[];
}

export interface CommitQuestion {
  readonly revision: string;
  /** Files and folders that it changed. */
  readonly paths: readonly string[];
}

export async function judgeCommit(
  signers: Signers,
  { revision, paths }: CommitQuestion,
): Promise<CommitStanding> {
  const { repo, keys, forge } = signers;
  const commit = await repo.commit(revision);
  const own = await judgeAuthor(signers, commit);
  if (own.counts || !commit.isSigned) return own;
  for (const mail of forge) {
    const { isGood } = await repo.signatures.verify({ revision, mail, keys });
    if (isGood) return judgeForgeCommit(signers, commit, paths);
  }
  return own;
}

/** From the author's own signature alone. */
export async function judgeAuthor(
  { repo, keys }: Pick<Signers, 'repo' | 'keys'>,
  { revision, mail, isSigned }: CommitInfo,
): Promise<CommitStanding> {
  const name = `commit ${revision.slice(0, 12)} by ${mail}`;
  if (!isSigned) return { counts: false, why: `${name} is not signed.` };
  const check = await repo.signatures.verify({ revision, mail, keys });
  return check.isGood ? { counts: true } : { counts: false, why: `${name} does not count: ${check.why}.` };
}

async function judgeForgeCommit(
  signers: Signers,
  { revision, parents }: CommitInfo,
  paths: readonly string[],
): Promise<CommitStanding> {
  const [first, second] = parents;
  // A web edit or a squash: the forge knows its author.
  if (first === undefined || second === undefined) return { counts: true };
  const brought = new Set<string>();
  for (const folder of paths) {
    const changes = await signers.repo.graph.changes({ tip: revision, known: [first], folder });
    // Of merges only those with content that no parent has.
    for (const one of changes) if (one.against.every((files) => files.length > 0)) brought.add(one.revision);
  }
  brought.delete(revision);
  const merge = `merge ${revision.slice(0, 12)}`;
  if (brought.size === 0)
    return {
      counts: false,
      why: `${merge} is signed by the forge, but it has no commit of ${paths.join(', ')}.`,
    };
  for (const one of brought) {
    const judged = await judgeCommit(signers, { revision: one, paths });
    if (!judged.counts) return { counts: false, why: `${merge} brings it in, and ${judged.why}` };
  }
  return { counts: true };
}
