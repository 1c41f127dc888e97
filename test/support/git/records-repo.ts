// A config repo with a records branch, written to as the Hub and as people do, for tests of the ledger.
import { fileRecord, type RecordFile } from '../../../src/documents/record/format-record.ts';
import type { ConfigRepo } from '../../../src/git/config-repo.ts';
import { appendOf } from '../../../src/ledger/records/write-records.ts';
import type { CountingRules } from '../../../src/ledger/records/judge-record.ts';
import type { CheckRecord, EventRecord, LedgerRecord } from '../../../src/model/pipeline/record.ts';

export const branch = 'stk-records';
export const hubMail = 'stk-hub@localhost';
/** 2026-11-21T08:00:00Z, when the clock of the tests stands still. */
export const now = Date.UTC(2026, 10, 21, 8);
export const aDigest = '8f3c21aa8f3c21aa8f3c21aa8f3c21aa8f3c21aa';
export const anyWriter: CountingRules = {
  now,
  hub: [hubMail],
  refuseWriter: () => null,
  needsSignature: () => false,
};

export function aCheck(parts: Partial<CheckRecord> = {}): CheckRecord {
  const base = { release: 'v1', digest: aDigest, at: now, by: 'ci@example.com' };
  return { record: 'check', ...base, name: 'ci', status: 'passed', values: new Map(), ...parts };
}

export function anEvent(parts: Partial<EventRecord> = {}): EventRecord {
  const base = { release: 'v1', digest: aDigest, at: now, by: hubMail, environment: 'dev' };
  return { record: 'event', ...base, event: 'activated', class: 'promotion', revision: aDigest, ...parts };
}

export function filed(record: LedgerRecord): RecordFile {
  const file = fileRecord(record);
  if (!file.ok) throw new Error(JSON.stringify(file.problems));
  return file.value;
}

/** Adds records in one commit of `mail`, by default that of the first record's `by`; gives its id. */
export async function record(
  repo: ConfigRepo,
  records: readonly LedgerRecord[],
  mail: string = records[0]?.by ?? '',
): Promise<string> {
  const author = { name: 'Somebody', email: mail };
  const outcome = await repo.appendFiles(appendOf(records.map(filed), { branch, author }));
  return outcome.revision;
}
