// What a line of `stk release verify` says.
import { describe, expect, it } from '@jest/globals';
import { describeLine, judgeTold } from '../../src/cli/verify/verdict.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';
const ask = (expected: string, compares: 'release' | 'ref' = 'release') =>
  ({ name: 'workers', kind: 'service', expected, compares }) as const;

describe('a line of stk release verify', () => {
  it.each([
    [ask('v1.2.2'), 'v1.2.2', '✓ workers: v1.2.2 (healthy)'],
    [ask('v1.2.2'), 'v1.2.3', '✗ workers: v1.2.3 (healthy, expected v1.2.2)'],
    [ask(commit, 'ref'), '0123456', '✓ workers: 0123456 (healthy)'],
    [ask('0123456789', 'ref'), commit, `✓ workers: ${commit} (healthy)`],
    [ask(commit, 'ref'), '012345', `✗ workers: 012345 (healthy, expected ${commit})`],
    [ask(commit), '0123456', `✗ workers: 0123456 (healthy, expected ${commit})`],
    [ask('v1.2.2', 'ref'), 'v1.2.22', '✗ workers: v1.2.22 (healthy, expected v1.2.2)'],
  ])('compares %j with %s', (asked, version, line) => {
    expect(describeLine(judgeTold(asked, { kind: 'told', version }))).toBe(line);
  });

  it('says what is not healthy, and why nothing was told', () => {
    const unhealthy = { kind: 'told', version: 'v1', unhealthy: 'it answers 503' } as const;
    expect(describeLine(judgeTold(ask('v1'), unhealthy))).toBe('✗ workers: v1 (it answers 503)');
    expect(describeLine(judgeTold(ask('v2'), unhealthy))).toBe('✗ workers: v1 (it answers 503, expected v2)');
    const untold = { kind: 'untold', why: 'no answer' } as const;
    expect(describeLine(judgeTold(ask('v1'), untold))).toBe('✗ workers: no answer');
  });
});
