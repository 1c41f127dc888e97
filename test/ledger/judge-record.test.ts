// Whether a record counts: who wrote it and who added it, through whom, when, and for which content.
import { describe, expect, it } from '@jest/globals';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import type { CommitInfo } from '../../src/git/config-repo.ts';
import { countingRules } from '../../src/ledger/records/counting-rules.ts';
import { eventsOf, refusalFor } from '../../src/ledger/records/fold-records.ts';
import { judgeRecord, type JudgedRecord } from '../../src/ledger/records/judge-record.ts';
import type { LedgerRecord } from '../../src/model/pipeline/record.ts';
import { aCheck, aDigest, anEvent, anyWriter, hubMail, now } from '../support/git/records-repo.ts';

function judged(record: LedgerRecord, mail: string): JudgedRecord {
  const commit: CommitInfo = {
    revision: aDigest,
    parents: [],
    by: `Somebody <${mail}>`,
    mail,
    coAuthors: [],
    isSigned: false,
    at: '2026-11-21T08:00:00Z',
    subject: 'record',
    trailers: new Map(),
  };
  return judgeRecord({ path: 'p', commit, content: { kind: 'record', record } }, anyWriter);
}

const refusalOf = (record: LedgerRecord, mail: string): string | null => judged(record, mail).refusal;

describe('a record', () => {
  it('counts when its commit has the author that it names, compared without case', () => {
    expect(refusalOf(aCheck({ by: 'CI@example.com' }), 'ci@Example.com')).toBeNull();
    expect(refusalOf(aCheck(), 'mallory@example.com')).toBe(
      'it says by: ci@example.com, but mallory@example.com is the author of its commit',
    );
    expect(refusalOf(aCheck({ by: 'x' }), '')).toContain('but  is the author');
  });

  it('counts for somebody else when the Hub wrote it and says so', () => {
    const through = aCheck({ by: 'token-7', through: 'hub' });
    expect(refusalOf(through, hubMail)).toBeNull();
    expect(refusalOf(aCheck({ by: 'token-7' }), hubMail)).toContain('it says by: token-7');
    expect(refusalOf(through, 'mallory@example.com')).toContain('is not one of stk-hub@localhost');
  });

  it('that is an event counts from an identity of the Hub alone', () => {
    expect(refusalOf(anEvent(), hubMail)).toBeNull();
    expect(refusalOf(anEvent({ by: 'mallory@example.com' }), 'mallory@example.com')).toContain('trust.hub');
  });

  it('does not count while it is dated more than five minutes ahead', () => {
    const by = 'ci@example.com';
    expect(refusalOf(aCheck({ at: now + 300_000 }), by)).toBeNull();
    expect(judged(aCheck({ at: now + 300_001 }), by)).toMatchObject({
      refusal: expect.stringContaining('ahead'),
      again: now + 1,
    });
  });

  it('does not count for other content under the same id', () => {
    expect(refusalFor(judged(aCheck(), 'ci@example.com'), aDigest)).toBeNull();
    expect(refusalFor(judged(aCheck(), 'ci@example.com'), 'b'.repeat(40))).toBe(
      'it is for other content: 8f3c21aa8f3c, while the release file is bbbbbbbbbbbb',
    );
  });

  it('does not count when its writer lacks the role', () => {
    const content = { kind: 'record' as const, record: aCheck() };
    const { commit } = judged(aCheck(), 'ci@example.com');
    const rules = { ...anyWriter, refuseWriter: () => 'no role' };
    expect(judgeRecord({ path: 'p', commit, content }, rules).refusal).toBe('no role');
  });
});

describe('events', () => {
  it('of one environment, revision, word and since count once', () => {
    const all = [
      anEvent({ at: now }),
      anEvent({ at: now + 1 }),
      anEvent({ event: 'healthy', since: now }),
      anEvent({ event: 'healthy', since: now + 1 }),
      anEvent({ environment: 'production' }),
      anEvent({ digest: 'b'.repeat(40) }),
    ].map((event) => judged(event, hubMail));
    const events = eventsOf(all, aDigest).map(({ record }) => [
      record.environment,
      record.event,
      record.at - now,
    ]);
    expect(events).toEqual([
      ['dev', 'activated', 0],
      ['dev', 'healthy', 0],
      ['dev', 'healthy', 0],
      ['production', 'activated', 0],
    ]);
  });
});

describe('the writer of a record', () => {
  const environments =
    '{ dev: { database: { embedded: true }, gates: { review: { approval: { role: reviewer } } } } }';
  const people =
    '{ reviewer: [rev@example.com], ci: [ci@example.com], incident-commander: [grace@example.com] }';

  function refusal(
    record: LedgerRecord,
    text = `project: x\npeople: ${people}\nenvironments: ${environments}\n`,
  ) {
    const project = parseProject(text, { file: 'stk.yaml', gateKinds });
    if (!project.ok) throw new Error(JSON.stringify(project.problems));
    return countingRules(project.value.pipeline, now).refuseWriter(record);
  }

  it('needs the role of its kind', () => {
    const shared = { release: 'v1', digest: aDigest, at: now };
    const approval = { ...shared, record: 'approval' as const, environment: 'dev' };
    const incident = { ...shared, record: 'incident' as const, incident: 'i', text: 't' };
    expect(refusal(aCheck())).toBeNull();
    expect(refusal(aCheck({ by: 'rev@example.com' }))).toContain('needs the role ci');
    expect(refusal({ ...approval, by: 'REV@example.com' })).toBeNull();
    expect(refusal({ ...approval, by: 'ci@example.com' })).toContain('needs the role reviewer');
    expect(refusal({ ...incident, by: 'rev@example.com', action: 'close' })).toContain('incident-commander');
    expect(refusal({ ...incident, by: 'rev@example.com', action: 'note' })).toBeNull();
    expect(refusal({ ...incident, by: 'x@example.com', action: 'note' })).toContain('is not in people');
  });

  it('may be anybody where stk.yaml names no people', () => {
    expect(refusal(aCheck(), `project: x\nenvironments: ${environments}\n`)).toBeNull();
  });
});
