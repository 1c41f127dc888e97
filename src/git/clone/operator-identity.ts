// The operator's identity in git commits: as configured, or from `--author`.
import { StkError } from '../../kernel/errors.ts';
import type { CommitAuthor } from '../config-repo.ts';
import { authorEnvironment } from '../process/author-environment.ts';
import { gitText } from '../process/run-git.ts';
import type { WorkingCopyContext } from './pointer-commit.ts';

/** `author`: `Name <mail>`; `undefined` for git's own. Throws `git-identity`, `usage`. */
export async function readOperatorIdentity(
  context: WorkingCopyContext,
  author: string | undefined,
): Promise<CommitAuthor> {
  const environment = { ...context.environment, ...authorEnvironment(author) };
  const said = await gitText({ directory: context.root, environment, args: ['var', 'GIT_AUTHOR_IDENT'] });
  const [, name, email] = /^(.*) <([^<>]*)> \d+ [+-]\d+$/.exec(said) ?? [];
  if (name !== undefined && email !== undefined) return { name, email };
  throw new StkError(
    'git-identity',
    `git names its author as ${JSON.stringify(said)}, which has no mail address.`,
    {
      hint: 'git config --global user.email you@example.com',
    },
  );
}
