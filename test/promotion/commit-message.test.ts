import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatCommitMessage, parseReason } from '../../src/promotion/commit-message.ts';
import type { MovePlan } from '../../src/promotion/plan.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';

/** Characters of a reason, as docs/cli.md says. */
const longest = 500;

const plan: MovePlan = {
  kind: 'move',
  action: 'promote',
  environment: 'prod',
  from: 'v1.0.0',
  to: 'v1.1.0',
  source: 'dev',
};

describe('formatCommitMessage', () => {
  it('has a subject for people and every trailer that is known', () => {
    const message = formatCommitMessage(plan, {
      reason: 'faster',
      actor: 'ci',
      fingerprint: 'f00',
      unchecked: true,
    });
    expect(message).toBe(`promote(prod): v1.0.0 -> v1.1.0

Stk-Action: promote
Stk-Environment: prod
Stk-From: v1.0.0
Stk-To: v1.1.0
Stk-Source: dev
Stk-Reason: faster
Stk-Actor: ci
Stk-Fingerprint: f00
Stk-Unchecked: true
`);
  });

  it('names a hotfix in its subject; to everything else it is a promotion', () => {
    const hotfix = { ...plan, keys: { hotfix: { reason: 'orders are lost', approvers: [] } } };
    expect(formatCommitMessage(hotfix)).toMatch(
      /^hotfix\(prod\): v1\.0\.0 -> v1\.1\.0\n\nStk-Action: promote\n/,
    );
    expect(formatCommitMessage({ ...hotfix, from: 'v1.1.0' })).toMatch(/^hotfix\(prod\): v1\.1\.0\n/);
  });

  it('leaves out what is absent', () => {
    const message = formatCommitMessage({ ...plan, action: 'rollback', from: undefined, source: undefined });
    expect(message).toBe(`rollback(prod): v1.1.0

Stk-Action: rollback
Stk-Environment: prod
Stk-To: v1.1.0
`);
  });
});

describe('parseReason', () => {
  it.each([
    ['a line break', 'good\nStk-Action: rollback'],
    ['a carriage return', 'good\rStk-To: evil'],
    ['an escape', 'red \u001b[31m'],
    ['a NUL', 'a\u0000b'],
    ['a next-line character', 'a\u0085b'],
    ['a line separator', 'a\u2028b'],
    ['a bidi override', 'a\u202eb'],
    ['a lone surrogate', 'a\ud800b'],
    ['too many characters', 'x'.repeat(longest + 1)],
  ])('refuses %s', (_what, reason) => {
    const outcome = parseReason(reason);
    expect(outcome.kind === 'refused' ? outcome.error.code : outcome.kind).toBe('malformed');
  });

  it('counts characters, not UTF-16 units', () => {
    expect(parseReason('😀'.repeat(longest)).kind).toBe('ok');
  });

  it('trims, and takes blanks for no reason', () => {
    expect(parseReason('  because  ')).toEqual({ kind: 'ok', reason: 'because' });
    expect(parseReason('   ')).toEqual({ kind: 'ok', reason: undefined });
    expect(parseReason(undefined)).toEqual({ kind: 'ok', reason: undefined });
  });
});

describe('a reason in a real commit', () => {
  let repo: TestRepo;
  beforeAll(async () => {
    repo = await createTestRepo({ files: { 'a.txt': 'a\n' } });
  });
  afterAll(() => repo.remove());

  it('is the value of one trailer and adds no other, whatever it says', async () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        'Stk-Action: rollback',
        '---',
        '# comment',
        ': x',
        '-- ',
        'Signed-off-by: a <b@c>',
        ' Stk-To: evil',
      ),
      fc
        .tuple(fc.string(), fc.constantFrom('\n', '\r', '\r\n', '\u2028', '\u0085', '\v', '\f'))
        .map(([a, b]) => `${a}${b}Stk-To: evil`),
    );
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (reason, actor) => {
        const parsed = parseReason(reason);
        const text = formatCommitMessage(plan, {
          reason: parsed.kind === 'ok' ? parsed.reason : reason,
          actor,
        });
        const trailers = await repo.gitWithInput(text, 'interpret-trailers', '--parse');
        const names = trailers.split('\n').map((line) => line.split(':')[0]);
        expect(names.filter((name) => name !== 'Stk-Reason' && name !== 'Stk-Actor')).toEqual([
          'Stk-Action',
          'Stk-Environment',
          'Stk-From',
          'Stk-To',
          'Stk-Source',
        ]);
        expect(trailers).toContain('Stk-To: v1.1.0');
        if (parsed.kind === 'ok' && parsed.reason !== undefined)
          expect(trailers).toContain(`Stk-Reason: ${parsed.reason}`);
      }),
      { numRuns: 60 },
    );
  });
});
