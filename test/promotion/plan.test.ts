import { describe, expect, it } from '@jest/globals';
import {
  planPromotion,
  planRollback,
  type Planned,
  type PromotionRequest,
} from '../../src/promotion/plan.ts';

const known = (): boolean => true;
const unknown = (): boolean => false;

function fromDev(
  desired: string | undefined,
  serving: string | null | undefined,
  current = 'v1.0.0',
): PromotionRequest {
  return {
    environment: 'prod',
    current,
    source: { kind: 'environment', environment: 'dev', desired, serving },
    isKnown: known,
  };
}

function codeOf(planned: Planned): string {
  return planned.kind === 'refused' ? planned.error.code : planned.kind;
}

describe('planPromotion', () => {
  it('copies the release that the source names and serves', () => {
    expect(planPromotion(fromDev('v1.1.0', 'v1.1.0'))).toEqual({
      kind: 'move',
      action: 'promote',
      environment: 'prod',
      from: 'v1.0.0',
      to: 'v1.1.0',
      source: 'dev',
    });
  });

  it('moves to a release given by name, without a source', () => {
    const plan = planPromotion({
      environment: 'prod',
      current: undefined,
      source: { kind: 'release', release: 'v1.1.0' },
      isKnown: (release) => release === 'v1.1.0',
    });
    expect(plan).toMatchObject({ kind: 'move', from: undefined, to: 'v1.1.0', source: undefined });
  });

  it('does nothing when the target names the release already', () => {
    expect(planPromotion(fromDev('v1.1.0', 'v1.1.0', 'v1.1.0'))).toEqual({
      kind: 'already',
      environment: 'prod',
      release: 'v1.1.0',
    });
  });

  it('refuses a source that does not serve what it should, naming both', () => {
    const plan = planPromotion(fromDev('v1.2.0', 'v1.1.0'));
    expect(codeOf(plan)).toBe('other-release');
    expect(plan.kind === 'refused' ? plan.error.message : '').toMatch(
      /should serve v1\.2\.0 but still serves v1\.1\.0/,
    );
  });

  it('refuses a source that serves nothing yet', () => {
    expect(codeOf(planPromotion(fromDev('v1.2.0', undefined)))).toBe('other-release');
  });

  it('takes the source at its word when the Hub is not asked', () => {
    expect(codeOf(planPromotion(fromDev('v1.2.0', null)))).toBe('move');
  });

  it('refuses a source without a pointer', () => {
    expect(codeOf(planPromotion(fromDev(undefined, undefined)))).toBe('unknown-release');
  });

  it('refuses to promote an environment to itself', () => {
    const source = { kind: 'environment', environment: 'prod', desired: 'v1', serving: 'v1' } as const;
    expect(codeOf(planPromotion({ environment: 'prod', current: 'v1', source, isKnown: known }))).toBe(
      'usage',
    );
  });

  it.each(['v9', '../../etc/passwd', '', 'a b', '\u001b[2J'])('does not know the release %j', (release) => {
    const plan = planPromotion({
      environment: 'prod',
      current: 'v1',
      source: { kind: 'release', release },
      isKnown: unknown,
    });
    expect(codeOf(plan)).toBe('unknown-release');
    // oxlint-disable-next-line no-control-regex -- an escape must not come through
    expect(plan.kind === 'refused' ? plan.error.message : '').not.toMatch(/[\u0000-\u001f]/);
  });

  it('does not accept something that is not an id, whoever claims to know it', () => {
    const source = { kind: 'release', release: '../stk' } as const;
    expect(codeOf(planPromotion({ environment: 'prod', current: 'v1', source, isKnown: known }))).toBe(
      'unknown-release',
    );
  });
});

describe('planRollback', () => {
  const targets = [
    { release: 'v1.1.0', revision: 'c2', at: '2026-01-02T00:00:00Z' },
    { release: 'v1.0.0', revision: 'c1', at: '2026-01-01T00:00:00Z' },
  ];
  const request = { environment: 'prod', current: 'v1.2.0', targets, beside: undefined, isKnown: known };

  it('restores a release that an earlier pointer commit names', () => {
    expect(planRollback({ ...request, release: 'v1.0.0' })).toEqual({
      kind: 'move',
      action: 'rollback',
      environment: 'prod',
      from: 'v1.2.0',
      to: 'v1.0.0',
      source: undefined,
    });
  });

  it('refuses a release that the environment never named, and lists those it did', () => {
    const plan = planRollback({ ...request, release: 'v9' });
    expect(codeOf(plan)).toBe('unknown-release');
    expect(plan.kind === 'refused' ? plan.error.hint : '').toContain('v1.1.0, v1.0.0');
  });

  it('lists no release whose file is gone', () => {
    const isKnown = (release: string): boolean => release !== 'v1.1.0';
    const plan = planRollback({ ...request, release: 'v9', isKnown });
    expect(plan.kind === 'refused' ? plan.error.hint : '').toBe('prod can roll back to: v1.0.0');
  });

  it('points to promote when there is nothing to go back to', () => {
    const plan = planRollback({ ...request, targets: [], release: 'v1.0.0' });
    expect(plan.kind === 'refused' ? plan.error.hint : '').toContain('stk release promote --to prod');
  });

  it('refuses a target whose file is gone', () => {
    expect(codeOf(planRollback({ ...request, release: 'v1.0.0', isKnown: unknown }))).toBe('unknown-release');
  });

  it('does nothing when the pointer names it already', () => {
    expect(codeOf(planRollback({ ...request, release: 'v1.2.0' }))).toBe('already');
  });
});
