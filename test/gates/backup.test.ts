// The gate `backup`: what is recorded, how old it may be, and whether it was restored to see that it works.
import { describe, expect, it } from '@jest/globals';
import type { GateFacts } from '../../src/model/pipeline/gate-facts.ts';
import type { BackupRecord } from '../../src/model/pipeline/record.ts';
import { day, digest, evaluate, hour, now, problemsOf } from '../support/gates/some-facts.ts';

const settings = '{ backup: { maxAge: 24h, verified: true } }';

function withBackups(...parts: readonly Partial<BackupRecord>[]): Partial<GateFacts> {
  const value = parts.map((part, i) => ({
    path: `r/${i}`,
    record: {
      record: 'backup' as const,
      release: 'v1',
      digest,
      at: now - hour,
      by: 'ci@example.com',
      environment: 'prod',
      size: 10,
      location: 's3://b',
      verified: true,
      ...part,
    },
  }));
  return { backups: { known: true, value } };
}

describe('backup', () => {
  it('passes with the newest one that counts, and says when it gets too old', () => {
    expect(evaluate(settings, withBackups({ at: now - 3 * hour }, {}, { at: now - 2 * hour }))).toEqual({
      verdict: 'pass',
      sentence: 'The newest verified backup of prod is from 2026-11-25T11:00:00Z, by ci@example.com.',
      evidence: ['r/1'],
      again: now - hour + day + 1,
    });
  });

  it.each([
    ['there is none', withBackups(), 'No verified backup of prod is recorded.'],
    ['none is verified', withBackups({ verified: false }), '1 are recorded, but not verified.'],
    ['it is too old', withBackups({ at: now - day - 1 }), '1d old; at most 1d is allowed.'],
  ])('waits when %s, and names the command', (_, facts, sentence) => {
    const answer = evaluate(settings, facts);
    expect(answer).toMatchObject({
      verdict: 'pending',
      help: expect.stringContaining('stk evidence backup --env prod'),
    });
    expect(answer.sentence).toContain(sentence);
  });

  it('takes one that nobody verified where that is not asked for, and cannot tell without records', () => {
    expect(evaluate('{ backup: {} }', withBackups({ verified: false })).verdict).toBe('pass');
    expect(evaluate('{ backup: {} }', { backups: { known: false, why: 'x' } }).verdict).toBe('error');
  });

  it('is a mistake where nobody can record one', () => {
    expect(
      problemsOf('gates: { b: { backup: {} } }', 'people: { reviewer: [a@b.c] }\nrecords: { writers: [] }\n'),
    ).toEqual([expect.stringContaining('no backup can ever count')]);
  });
});
