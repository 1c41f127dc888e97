// Warns before a commit that will not count: signatures are required, but git does not sign commits here.
import { readTrust } from '../../documents/project/read-trust.ts';
import type { CommandContext } from '../context.ts';
import type { LocalRepo } from '../repo/local-repo.ts';
import { readPolicy } from './read-policy.ts';

export interface UnsignedQuestion {
  /** The commit with the policy in force. */
  readonly tip: string;
  /** `undefined` when the commit concerns every environment. */
  readonly environment: string | undefined;
}

export async function warnUnsigned(
  { output }: CommandContext,
  repo: LocalRepo,
  { tip, environment }: UnsignedQuestion,
): Promise<void> {
  if (readTrust((await repo.file(tip, 'stk.yaml')) ?? '')?.requires !== true) return;
  const { environments, trust } = await readPolicy(repo, tip);
  const own = environment === undefined ? undefined : environments.get(environment)?.signatures;
  const modes = own === undefined ? [trust, ...environments.values()].map((one) => one.signatures) : [own];
  if (!modes.includes('required') || (await repo.signsCommits())) return;
  const warning = output.onStderr('yellow', 'unsigned:');
  output.narrate(
    `${warning} ${environment ?? 'stk.yaml'} requires signatures, and git does not sign commits in this clone: this commit will not count. ` +
      'Choose a key (git config user.signingKey) and sign: git config commit.gpgSign true',
  );
}
