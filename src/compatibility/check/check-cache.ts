// Remembers the findings of a release under a fingerprint, and the database's answers. Bounded; the oldest entry is
// dropped first.
import type { Finding } from '../../model/finding.ts';
import { createKnownAnswers, type KnownAnswers } from './known-answers.ts';

/** The most answers kept for one database. */
const maxCachedChecks = 256;

export interface CheckCache {
  get(fingerprint: string, digest: string): readonly Finding[] | undefined;
  set(fingerprint: string, digest: string, findings: readonly Finding[]): void;
  /** For releases that have not been checked yet. */
  readonly answers: KnownAnswers;
}

/** One for each database, because a fingerprint is only valid in its database. */
export function createCheckCache(limit: number = maxCachedChecks): CheckCache {
  const found = new Map<string, readonly Finding[]>();
  return {
    get: (fingerprint, digest) => found.get(`${fingerprint} ${digest}`),
    set(fingerprint, digest, findings) {
      const key = `${fingerprint} ${digest}`;
      found.delete(key);
      found.set(key, findings);
      const [oldest] = found.keys();
      if (found.size > limit && oldest !== undefined) found.delete(oldest);
    },
    answers: createKnownAnswers(),
  };
}

/** For a check that must ask everything: it only adds. */
export function writeOnly(cache: CheckCache): CheckCache {
  const { answers } = cache;
  return {
    get: () => undefined,
    set: (fingerprint, digest, findings) => cache.set(fingerprint, digest, findings),
    answers: { get: () => undefined, add: (fingerprint, added) => answers.add(fingerprint, added) },
  };
}
