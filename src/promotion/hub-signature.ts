// The author of the Hub's own commits, and whether it may make one: when signatures are required, a commit that it
// cannot sign would not count.
import { StkError } from '../kernel/errors.ts';
import type { CommitAuthor, ConfigRepo } from '../git/config-repo.ts';
import type { Pipeline } from '../model/pipeline/pipeline.ts';
import type { Project } from '../model/project.ts';

/** The first identity of `trust.hub`. */
export function hubAuthor({ trust }: Pipeline): CommitAuthor {
  return { name: 'stk hub', email: trust.hub[0] ?? 'stk-hub@localhost' };
}

/** Why the Hub may not commit to the pointer of an environment; `undefined` when it may. */
export function refuseUnsigned(
  { repo, project }: { readonly repo: Pick<ConfigRepo, 'signsCommits'>; project(): Project },
  environment: string,
): StkError | undefined {
  const { environments, trust } = project().pipeline;
  const mode = environments.get(environment)?.signatures ?? trust.signatures;
  if (mode === 'none' || repo.signsCommits) return undefined;
  const message = `${environment} requires signatures, and this Hub has no key to sign its commit with`;
  return new StkError('signing-key-missing', message, {
    hint: 'Start the Hub with STK_SIGNING_KEY=FILE, or commit with the command line, signed.',
    details: { environment },
  });
}
