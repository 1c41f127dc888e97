// `unhealthyFor`: the database does not answer, or the release does not fit it.
import type { ServedHere } from '../../admission/served-here.ts';
import { bad, good, type Reading } from '../reading.ts';

export function readHealth({ release, isHealthy, isReachable }: Omit<ServedHere, 'digest'>): Reading {
  if (isHealthy) return good('Its database answers, and the release fits it.');
  return bad(
    isReachable ? `${release} does not fit its database any more.` : 'Its database does not answer.',
  );
}
