import { describe, expect, it } from '@jest/globals';
import type { GateFacts } from '../../src/model/pipeline/gate-facts.ts';
import {
  aCheck,
  aGate,
  anApproval,
  aPolicy,
  aRejection,
  aSource,
  day,
  evaluate,
  hour,
  minute,
  now,
  someFacts,
  withRecords,
} from '../support/gates/some-facts.ts';

const unreadable: Partial<GateFacts> = { evidence: { known: false, why: 'the remote does not answer' } };

describe('check', () => {
  const coverage = '{ check: ci, values: { coverage: { min: 80 }, high: { max: 0 } }, maxAge: 7d }';
  const good = aCheck({
    values: new Map([
      ['coverage', 80],
      ['high', 0],
    ]),
    runId: '12345',
  });

  it('passes with the newest record, and says when it gets too old', () => {
    expect(evaluate(coverage, withRecords(aCheck({ status: 'failed' }), good))).toEqual({
      verdict: 'pass',
      sentence: 'Check "ci", run 12345, of 2026-11-25T11:00:00Z by ci@example.com passed.',
      evidence: ['r/1'],
      again: good.at + 7 * day + 1,
    });
  });

  it('waits while there is none of that name, and names the command that helps', () => {
    expect(evaluate(coverage, withRecords(aCheck({ name: 'other' })))).toEqual({
      verdict: 'pending',
      sentence: 'No check "ci" of v2 is recorded.',
      evidence: [],
      help: 'stk evidence check --release v2 --name ci --status passed --value coverage=… --value high=…',
    });
  });

  it.each([
    ['failed', aCheck({ status: 'failed' }), 'failed.'],
    [
      'passed below the bound',
      aCheck({
        values: new Map([
          ['coverage', 79.9],
          ['high', 0],
        ]),
      }),
      'coverage is 79.9 and must be at least 80',
    ],
    [
      'passed above the bound',
      aCheck({
        values: new Map([
          ['coverage', 90],
          ['high', 1],
        ]),
      }),
      'high is 1 and must be at most 0',
    ],
    ['gives no value', aCheck({ values: new Map([['coverage', 90]]) }), 'it has no value "high"'],
  ])('fails when the newest one %s, though an older one passed', (_, newest, sentence) => {
    const answer = evaluate(coverage, withRecords(good, newest));
    expect(answer).toMatchObject({ verdict: 'fail', evidence: ['r/1'] });
    expect(answer.sentence).toContain(sentence);
  });

  it('waits when it is older than maxAge by a millisecond, not when it is as old', () => {
    const old = { ...good, at: now - 7 * day };
    expect(evaluate(coverage, withRecords(old)).verdict).toBe('pass');
    expect(evaluate(coverage, withRecords({ ...old, at: old.at - 1 }))).toMatchObject({
      verdict: 'pending',
      sentence: expect.stringContaining('is 7d old; at most 7d is allowed'),
    });
  });

  it('never passes while the records cannot be read', () => {
    expect(evaluate('{ check: ci }', unreadable)).toMatchObject({
      verdict: 'error',
      sentence: 'The records cannot be read: the remote does not answer',
    });
  });
});

describe('from', () => {
  const [from] = aPolicy('from: dev').gates;
  const verdictOf = (sources: GateFacts['sources']) => from?.evaluate(someFacts({ sources }));

  it.each([
    ['now', 'pass', 'v2: dev serves it.'],
    ['promoted-away', 'pass', 'v2: dev served it until a newer release was promoted there.'],
    ['rolled-back', 'fail', 'v2: dev served it and rolled it back.'],
    ['never', 'pending', 'v2: dev has not served it.'],
  ] as const)('%s → %s', (presence, verdict, sentence) => {
    expect(verdictOf([aSource({ presence })])).toMatchObject({ verdict, sentence });
  });

  it('passes when any of its environments does, whatever the others say', () => {
    const away = { environment: 'eu', state: { known: false as const, why: 'no answer in 5 s' } };
    expect(
      verdictOf([away, aSource({ presence: 'rolled-back' }), aSource({ presence: 'now' }, 'us')])?.verdict,
    ).toBe('pass');
    expect(verdictOf([aSource({ presence: 'rolled-back' }), away])).toMatchObject({
      verdict: 'error',
      sentence: 'v2: dev served it and rolled it back; the state of eu cannot be read: no answer in 5 s.',
    });
    expect(verdictOf([])?.verdict).toBe('error');
  });
});

describe('soak', () => {
  const soak = (healthy: { since: number; until: number | undefined }[]) =>
    evaluate('{ soak: 2h }', { sources: [aSource({ healthy })] });

  it('passes after that long, at the moment that it had named', () => {
    const since = now - 2 * hour;
    expect(soak([{ since, until: undefined }]).verdict).toBe('pass');
    expect(soak([{ since: since + minute, until: undefined }])).toMatchObject({
      verdict: 'pending',
      again: since + minute + 2 * hour,
      sentence: 'dev has served v2 healthily for 1h 59m; 2h are required, until 2026-11-25T12:01:00Z.',
    });
  });

  it('never adds up what an interruption divides', () => {
    const parts = [0, 1, 2].map((i) => ({
      since: now - (9 - 3 * i) * hour,
      until: now - (8 - 3 * i) * hour,
    }));
    expect(soak(parts).verdict).toBe('pending');
    expect(soak(parts).again).toBeUndefined();
  });

  it('passes for a stretch that is over, and in any environment', () => {
    expect(soak([{ since: now - 5 * hour, until: now - 3 * hour }]).verdict).toBe('pass');
    const sources = [aSource({ healthy: [] }, 'eu'), aSource({}, 'us')];
    expect(evaluate('{ soak: 2h }', { sources }).verdict).toBe('pass');
  });

  it('is an error while the Hub of the environment does not answer', () => {
    const sources = [{ environment: 'dev', state: { known: false as const, why: 'no answer' } }];
    expect(evaluate('{ soak: 2h }', { sources })).toMatchObject({
      verdict: 'error',
      sentence: 'The state of dev cannot be read: no answer.',
    });
  });
});

describe('approval', () => {
  const one = '{ approval: { role: release-approver } }';
  const two = '{ approval: { role: release-approver, count: 2, expires: 72h } }';
  const by = (settings: string, ...records: Parameters<typeof withRecords>) =>
    evaluate(settings, withRecords(...records));

  it('counts distinct people, whatever address they use', () => {
    expect(by(two, anApproval('grace@example.com'), anApproval('12+Grace@example.com'))).toMatchObject({
      verdict: 'pending',
      sentence: '1 of 2 approvals by release-approver (12+Grace@example.com).',
      help: 'stk approve --release v2 --env prod',
    });
    expect(by(two, anApproval('grace@example.com'), anApproval('ADA@example.com'))).toMatchObject({
      verdict: 'pass',
      evidence: ['r/0', 'r/1'],
      again: now - hour + 72 * hour + 1,
    });
  });

  it.each([
    ['of the move', { moveAuthors: ['Ada@example.com'] }],
    ['of the release', { release: { ...someFacts().release, authors: ['ada@example.com'] } }],
  ])('does not count an author %s, unless stk.yaml allows it', (_, facts) => {
    const records = withRecords(anApproval('ada@example.com'));
    const answer = evaluate(one, { ...facts, ...records });
    expect(answer).toMatchObject({ verdict: 'pending', evidence: [] });
    expect(answer.sentence).toContain('ada@example.com is an author');
    const allowed = '{ approval: { role: release-approver, allowAuthor: true } }';
    expect(evaluate(allowed, { ...facts, ...records }).verdict).toBe('pass');
  });

  it('does not count an author who approves by another address', () => {
    const facts = { moveAuthors: ['grace@example.com'], ...withRecords(anApproval('12+grace@example.com')) };
    expect(evaluate(one, facts).verdict).toBe('pending');
  });

  it('counts nobody without the role, and nothing for another environment', () => {
    expect(by(one, anApproval('rev@example.com')).verdict).toBe('pending');
    expect(by(one, anApproval('ada@example.com', { environment: 'dev' })).verdict).toBe('pending');
  });

  it('counts neither what was given for a hotfix nor for another gate', () => {
    expect(by(one, anApproval('ada@example.com', { hotfix: 'c0ffee1' })).verdict).toBe('pending');
    expect(by(one, anApproval('ada@example.com', { gate: 'analysis' })).verdict).toBe('pending');
    expect(by(one, anApproval('ada@example.com', { gate: 'g' })).verdict).toBe('pass');
  });

  it('fails on a rejection until the same person approves', () => {
    const rejected = aRejection('ada@example.com', { comment: 'not tonight' });
    expect(by(one, anApproval('ada@example.com'), rejected, anApproval('bob@example.com'))).toMatchObject({
      verdict: 'fail',
      sentence: 'ada@example.com rejected it ("not tonight"). This holds until the same person approves.',
    });
    expect(by(one, rejected, anApproval('ada@example.com')).verdict).toBe('pass');
    expect(by(one, aRejection('rev@example.com'), anApproval('ada@example.com')).verdict).toBe('pass');
  });

  it('expires', () => {
    const settings = '{ approval: { role: release-approver, expires: 72h } }';
    expect(by(settings, anApproval('ada@example.com', { at: now - 72 * hour })).verdict).toBe('pass');
    expect(by(settings, anApproval('ada@example.com', { at: now - 72 * hour - 1 }))).toMatchObject({
      verdict: 'pending',
      sentence: expect.stringContaining(
        'the approval of ada@example.com expired at 2026-11-25T11:59:59.999Z',
      ),
    });
  });

  it('takes anybody where stk.yaml has no people, and never while records cannot be read', () => {
    const gate = aGate(one, '');
    expect(gate.evaluate(someFacts(withRecords(anApproval('anybody@example.com')))).verdict).toBe('pass');
    expect(evaluate(one, unreadable).verdict).toBe('error');
  });
});

describe('expression', () => {
  const verdict = (text: string, facts: Partial<GateFacts> = {}) =>
    evaluate(`{ expression: ${JSON.stringify(text)} }`, facts).verdict;
  const records = withRecords(aCheck({ name: 'unit', values: new Map([['coverage', 83.4]]) }));

  it.each([
    ['size(release.notes) > 0', 'pass'],
    ['release.id.matches("^v[0-9]+$") && environment == "prod" && "dev" in from', 'pass'],
    ['(release.id + "x").matches("x$")', 'pass'],
    ['checks["unit"].values.coverage >= 80', 'pass'],
    ['checks.unit.status == "failed"', 'fail'],
    ['"e2e" in checks', 'fail'],
    ['checks.exists(name, checks[name].status == "passed")', 'pass'],
    ['now > timestamp("2026-11-25T12:00:01Z")', 'pending'],
    ['now - release.createdAt > duration("24h")', 'pass'],
    ['checks.e2e.status == "passed"', 'error'],
    ['release.notes', 'error'],
  ])('%s → %s', (text, expected) => {
    expect(verdict(text, records)).toBe(expected);
  });

  it('is looked at again within a minute where it reads the time, and only there', () => {
    expect(evaluate('{ expression: "now > now" }').again).toBe(now + minute);
    expect(evaluate('{ expression: "1 > 2" }').again).toBeUndefined();
  });

  it('is an error while records cannot be read', () => {
    expect(verdict('1 < 2', unreadable)).toBe('error');
  });

  it('takes no pattern that could take for ever', () => {
    const release = { ...someFacts().release, notes: `${'a'.repeat(50_000)}!` };
    const started = process.hrtime.bigint();
    expect(verdict('release.notes.matches("^(a+)+$")', { release })).toBe('fail');
    // An engine that goes back would take longer than the age of the universe.
    expect(Number(process.hrtime.bigint() - started) / 1e9).toBeLessThan(10);
  });
});

describe('variables', () => {
  const variables = (set: readonly string[]) => ({
    variables: { named: ['DB_URL', 'HOOK'], set: new Set(set) },
  });

  it('passes when all that are named and listed are set, and names those that are not', () => {
    expect(evaluate('{ variables: [SMTP] }', variables(['DB_URL', 'HOOK', 'SMTP']))).toMatchObject({
      verdict: 'pass',
      sentence: 'All 3 variables are set for this Hub.',
    });
    const missing = evaluate('{ variables: [SMTP] }', variables(['DB_URL']));
    expect(missing).toMatchObject({
      verdict: 'pending',
      sentence: expect.stringMatching(/^HOOK, SMTP are not set for this Hub/),
    });
    expect(evaluate('{ variables: [] }', variables(['DB_URL', 'HOOK'])).verdict).toBe('pass');
    expect(evaluate('{ variables: [] }').verdict).toBe('error');
    expect(aGate('{ variables: [] }').inHotfix).toBe(true);
  });
});

describe('notes', () => {
  const verdict = (notes: string) =>
    evaluate('{ notes: [Scope, Risk, Rollback] }', { release: { ...someFacts().release, notes } });

  it.each([
    ['Scope:\n- orders\nRisk: low\nrollback:\n- v1', 'pass'],
    ['## Scope\n\norders\n## Risk\n**Rollback:** to v1', 'pass'],
    ['Scope of this: orders\nRisk: low\nRollback: v1', 'fail'],
    ['Scope: orders, Risk: low, Rollback: v1', 'fail'],
    ['', 'fail'],
  ])('%j → %s', (notes, expected) => {
    expect(verdict(notes).verdict).toBe(expected);
  });

  it('names what is missing', () => {
    expect(verdict('Scope: all').sentence).toBe(
      'v2 has notes without Risk, Rollback; a release with other notes needs another id.',
    );
    expect(verdict('').sentence).toContain('v2 has no notes');
  });
});
