// Remembers what was found for a release under a fingerprint. Bounded; the oldest answer goes first.
import type { Finding } from '../model/finding.ts';

/** Answers kept for one database. */
export const maxCachedChecks = 256;

export interface CheckCache {
  get(fingerprint: string, digest: string): readonly Finding[] | undefined;
  set(fingerprint: string, digest: string, findings: readonly Finding[]): void;
}

/** One for each database: a fingerprint says nothing about another one. */
export function createCheckCache(limit: number = maxCachedChecks): CheckCache {
  const answers = new Map<string, readonly Finding[]>();
  return {
    get: (fingerprint, digest) => answers.get(`${fingerprint} ${digest}`),
    set(fingerprint, digest, findings) {
      const key = `${fingerprint} ${digest}`;
      answers.delete(key);
      answers.set(key, findings);
      const [oldest] = answers.keys();
      if (answers.size > limit && oldest !== undefined) answers.delete(oldest);
    },
  };
}
