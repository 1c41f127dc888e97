import { expect, it } from '@jest/globals';
import type { DrillRecord } from '../../src/model/pipeline/record.ts';
import { day, digest, evaluate, hour, now } from '../support/gates/some-facts.ts';

function after(...parts: readonly Partial<DrillRecord>[]) {
  const drills = parts.map((part, i) => ({
    path: `r/${i}`,
    record: {
      record: 'drill' as const,
      release: 'v2',
      digest,
      at: now - hour,
      by: 'ops@example.com',
      environment: 'dev',
      to: 'v1',
      decideMs: 1,
      serveMs: 2,
      verifyMs: 3,
      result: 'passed' as const,
      ...part,
    },
  }));
  return evaluate('{ drill: { maxAge: 7d } }', {
    evidence: { known: true, value: { checks: [], judgements: [], drills } },
  });
}

it.each([
  ['passes with a drill that passed', [{}], 'pass', 'passed.'],
  ['waits without one', [], 'pending', 'No rollback drill of v2 is recorded.'],
  ['does not count one of another environment', [{ environment: 'other' }], 'pending', 'No rollback drill'],
  ['fails with the newest one', [{}, { result: 'failed' as const }], 'fail', 'failed.'],
  ['waits for one that is not too old', [{ at: now - 8 * day }], 'pending', '8d old; at most 7d is allowed.'],
])('the gate `drill` %s', (_, parts, verdict, sentence) => {
  const answer = after(...parts);
  expect(answer.verdict).toBe(verdict);
  expect(answer.sentence).toContain(sentence);
  if (verdict !== 'pass') expect(answer.help).toBe('stk drill run --env dev');
});
