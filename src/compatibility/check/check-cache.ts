// Remembers what was found for a release under a fingerprint, and what the database answered there. Bounded; the oldest
// goes first.
import type { Finding } from '../../model/finding.ts';
import { createKnownAnswers, type KnownAnswers } from './known-answers.ts';

/** Answers kept for one database. */
const maxCachedChecks = 256;

export interface CheckCache {
  get(fingerprint: string, digest: string): readonly Finding[] | undefined;
  set(fingerprint: string, digest: string, findings: readonly Finding[]): void;
  /** For releases that were not checked yet. */
  readonly answers: KnownAnswers;
}

/** One for each database: a fingerprint says nothing about another one. */
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

/** The same for a check that must ask everything: it only adds. */
export function writeOnly(cache: CheckCache): CheckCache {
  const { answers } = cache;
  return {
    get: () => undefined,
    set: (fingerprint, digest, findings) => cache.set(fingerprint, digest, findings),
    answers: { get: () => undefined, add: (fingerprint, added) => answers.add(fingerprint, added) },
  };
}
