// One attempt of a smoke test that calls an operation: a call from the permission check to the statement, in a
// transaction that is rolled back.
import type { Json } from '../kernel/json.ts';
import type { SmokeCall } from '../model/smoke.ts';
import { executeCall } from '../serving/execute-call.ts';
import type { ActiveRelease } from '../serving/serving-table.ts';
import { judgeAnswer, type Failure } from './judge-answer.ts';
import type { SavedValues } from './saved-values.ts';

export type CallAttempt =
  { readonly kind: 'passed'; readonly answer: Json } | { readonly kind: 'failed'; readonly failure: Failure };

export async function attemptCall(
  test: SmokeCall,
  active: ActiveRelease,
  saved: SavedValues,
): Promise<CallAttempt> {
  const { operation, role, input, expect } = test;
  const outcome = await executeCall(active, {
    operation,
    input: saved.fill(input),
    roles: [role],
    claims: undefined,
    isRehearsal: true,
  });
  if (outcome.kind === 'refused') {
    if (outcome.code === expect.code) return { kind: 'passed', answer: null };
    const got = `${outcome.code}: ${outcome.detail}`;
    return failed({ expected: expect.code ?? 'a result', got });
  }
  if (expect.code !== undefined) return failed({ expected: expect.code, got: 'a result' });
  const answer: Json = JSON.parse(outcome.result);
  const part = expect.result === undefined ? undefined : saved.fill(expect.result);
  const failure = judgeAnswer({ part, schema: expect.schema }, answer);
  return failure === undefined ? { kind: 'passed', answer } : failed(failure);
}

export function failed(failure: Failure): CallAttempt {
  return { kind: 'failed', failure };
}
