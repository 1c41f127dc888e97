// Whether the config repo can be read and, for a URL, fetched: the condition RepositoryReachable.
import { asStkError } from '../../kernel/errors.ts';
import { claim, type Claim } from '../status/compute-conditions.ts';

export const notRead = claim(
  'RepositoryReachable',
  'Unknown',
  'NotRead',
  'The config repo has not been read yet.',
);
export const reading = claim('RepositoryReachable', 'True', 'Reading', 'The config repo is read.');

/** `problem`: why the system does not report new commits. */
export function readingUnwatched(problem: string): Claim {
  const message = `The config repo is read every 2 seconds: it cannot be watched (${problem}).`;
  return claim('RepositoryReachable', 'True', 'Reading', message);
}

/** The ref or a revision could not be read. */
export function unreadable(thrown: unknown): Claim {
  const error = asStkError(thrown);
  const hint = error.hint === undefined ? '' : ` ${error.hint}`;
  const message = `${error.message}${hint} The Hub keeps serving what it serves.`;
  switch (error.code) {
    case 'git-ref':
      return claim('RepositoryReachable', 'False', 'RefMissing', message);
    case 'git-corrupt':
      return claim('RepositoryReachable', 'False', 'ObjectCorrupt', message);
    default:
      return claim('RepositoryReachable', 'False', 'RepositoryUnreadable', message);
  }
}

export function unfetched(thrown: unknown): Claim {
  const message = `${asStkError(thrown).message} The Hub follows what it fetched before.`;
  return claim('RepositoryReachable', 'False', 'FetchFailed', message);
}
