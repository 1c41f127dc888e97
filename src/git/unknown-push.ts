// The error for a push whose answer was lost, when the remote is unreachable too.
import { StkError } from '../kernel/errors.ts';

export function unknownPush(push: {
  readonly revision: string;
  readonly remote: string;
  /** Why the push has no answer. */
  readonly failure: StkError;
  readonly cause: unknown;
}): StkError {
  const { revision, remote, failure, cause } = push;
  return new StkError(
    'git-unavailable',
    `It is not known whether the commit ${revision} reached ${remote}: ${failure.message}`,
    {
      hint: `Once the remote answers: git fetch, then git branch --remotes --contains ${revision}. If a branch is listed, the commit landed; if none is, run the command again.`,
      details: { committed: 'unknown', revision },
      cause,
    },
  );
}
