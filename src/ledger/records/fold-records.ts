// Folds the judged records of one release into what gates and the Hub need: those that count for one content, by kind,
// and each event once. Pure.
import type { EventRecord, LedgerRecord, RecordKind } from '../../model/pipeline/record.ts';
import type { JudgedRecord } from './judge-record.ts';

export type RecordOfKind<Kind extends RecordKind> = Extract<LedgerRecord, { readonly record: Kind }>;

export interface CountingRecord<R extends LedgerRecord> {
  /** Its path on the records branch. */
  readonly path: string;
  readonly record: R;
}

/** Records of one kind that count for the content `digest`, the oldest first. */
export function countingOf<Kind extends RecordKind>(
  judged: readonly JudgedRecord[],
  kind: Kind,
  digest: string,
): CountingRecord<RecordOfKind<Kind>>[] {
  return judged.flatMap(({ path, record, refusal }) =>
    refusal === null && record !== null && isKind(record, kind) && record.digest === digest
      ? [{ path, record }]
      : [],
  );
}

/** Why a record does not count for the content `digest`; `null` when it does. */
export function refusalFor({ record, refusal }: JudgedRecord, digest: string): string | null {
  if (refusal !== null || record === null) return refusal;
  return record.digest === digest
    ? null
    : `it is for other content: ${record.digest.slice(0, 12)}, while the release file is ${digest.slice(0, 12)}`;
}

/** The counting events of one content, the oldest first; each combination of environment, revision, word and `since` once. */
export function eventsOf(judged: readonly JudgedRecord[], digest: string): CountingRecord<EventRecord>[] {
  const seen = new Set<string>();
  return countingOf(judged, 'event', digest).filter(({ record }) => {
    const key = eventKey(record);
    return !seen.has(key) && seen.add(key).size > 0;
  });
}

/** The path of the event that counts instead of this one; `undefined` when this one counts, or is not an event. */
export function countedInstead(
  judged: readonly JudgedRecord[],
  { path, record, refusal }: JudgedRecord,
): string | undefined {
  if (record?.record !== 'event' || refusal !== null) return undefined;
  const key = eventKey(record);
  const first = judged.find(
    (one) =>
      one.refusal === null &&
      one.record?.record === 'event' &&
      one.record.digest === record.digest &&
      eventKey(one.record) === key,
  );
  return first?.path === path ? undefined : first?.path;
}

/** Two events with the same key are about the same thing. */
export function eventKey({ environment, revision, event, since, trigger }: EventRecord): string {
  const parts = [environment, revision, event, since ?? ''];
  return (trigger === undefined ? parts : [...parts, trigger]).join(' ');
}

function isKind<Kind extends RecordKind>(record: LedgerRecord, kind: Kind): record is RecordOfKind<Kind> {
  return record.record === kind;
}
