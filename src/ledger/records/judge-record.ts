// Whether a record counts, and if not, why: its author, the commit that added it, its content, and its time. Pure. The
// roles of people are parameters; a record that does not count is no damage.
import type { LedgerRecord } from '../../model/pipeline/record.ts';
import type { FoundRecord } from './record-reader.ts';

export interface CountingRules {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** `trust.hub`: identities whose events count, and that may write for a caller. */
  readonly hub: readonly string[];
  /** Why `by` may not write this record; `null` when they may. */
  readonly refuseWriter: (record: LedgerRecord) => string | null;
  /** Whether it only counts if the commit that added it is signed. */
  readonly needsSignature: (record: LedgerRecord) => boolean;
}

export interface JudgedRecord {
  readonly path: string;
  readonly commit: FoundRecord['commit'];
  /** `null` when it is unreadable. */
  readonly record: LedgerRecord | null;
  /** `null` when it counts. */
  readonly refusal: string | null;
  /** When it may count without a change, because its date is in the future. Milliseconds since 1970. */
  readonly again?: number | undefined;
}

/** How far in the future of the Hub's clock a record's date may be. */
export const longestAhead = 5 * 60_000;

export function judgeRecord({ path, commit, content }: FoundRecord, rules: CountingRules): JudgedRecord {
  if (content.kind === 'broken') return { path, commit, record: null, refusal: content.why };
  const { record } = content;
  const judged = { path, commit, record };
  const refusal = refuseAuthor(record, commit.mail, rules) ?? rules.refuseWriter(record);
  if (refusal !== null) return { ...judged, refusal };
  if (record.at <= rules.now + longestAhead) return { ...judged, refusal: null };
  const ahead = `it is dated ${new Date(record.at).toISOString()}, more than 5 minutes ahead of this Hub's clock`;
  return { ...judged, refusal: ahead, again: record.at - longestAhead };
}

function refuseAuthor(record: LedgerRecord, author: string, { hub }: CountingRules): string | null {
  const isHub = hub.some((identity) => isSame(identity, author));
  if (record.record === 'event' && !isHub)
    return `events count when an identity of trust.hub writes them; ${author} is not one of ${hub.join(', ')}`;
  if (isSame(record.by, author)) return null;
  if (record.through !== 'hub') return `it says by: ${record.by}, but ${author} is the author of its commit`;
  return isHub
    ? null
    : `it says through: hub, but ${author}, the author of its commit, is not one of ${hub.join(', ')}`;
}

function isSame(a: string, b: string): boolean {
  return a !== '' && a.toLowerCase() === b.toLowerCase();
}
