// A record as JSON shows it: the keys of its document, times as text.
import type { LedgerRecord } from '../../model/pipeline/record.ts';

const times = new Set(['at', 'since', 'due']);

export function presentRecord(record: LedgerRecord): Readonly<Record<string, unknown>> {
  return presentMembers(record);
}

function presentMembers(value: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]: [string, unknown]) => [key, presentMember(key, member)]),
  );
}

function presentMember(key: string, member: unknown): unknown {
  // People choose the names of values and cases.
  if (member instanceof Map) return Object.fromEntries(member);
  if (times.has(key) && typeof member === 'number') return new Date(member).toISOString();
  if (key === 'debt' && Array.isArray(member))
    return member.map((one: unknown) =>
      typeof one === 'object' && one !== null ? presentMembers(one) : one,
    );
  return member;
}
