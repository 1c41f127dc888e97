// When the Hub promotes by itself, on facts alone.
import { describe, expect, it } from '@jest/globals';
import { readVersionRange } from '../../../src/documents/project/version-range.ts';
import { chooseByAge, isOlder } from '../../../src/reconciler/auto/choose-candidates.ts';
import { decideAuto, type AutoFacts } from '../../../src/reconciler/auto/decide-auto.ts';

const source = { environment: 'canary', desired: 'v2', heldBack: undefined };
const candidate = { release: 'v2', source };
const ready: AutoFacts = {
  environment: 'prod',
  candidate,
  desired: 'v1',
  serving: 'v1',
  hold: undefined,
  canary: undefined,
  presence: 'never',
  isOlder: false,
  hotfixIn: undefined,
  explanation: { outcome: 'admitted', move: 'promotion', message: 'Every gate of prod passed.' },
};

describe('the Hub promotes by itself', () => {
  it('what the gates let pass', () => {
    expect(decideAuto(ready)).toEqual({ do: 'promote', release: 'v2', source: 'canary' });
    expect(decideAuto({ ...ready, presence: 'promoted-away' }).do).toBe('promote');
    const chosen = { release: 'v2', source: undefined };
    expect(decideAuto({ ...ready, candidate: chosen })).toEqual({ do: 'promote', release: 'v2' });
  });

  it.each<[string, Partial<AutoFacts>]>([
    ['what is served already', { candidate: { release: 'v1', source } }],
    ['what the pointer names already', { desired: 'v2' }],
  ])('nothing for %s', (_, facts) => {
    expect(decideAuto({ ...ready, ...facts }).do).toBe('nothing');
  });

  it.each<[string, Partial<AutoFacts>, string]>([
    ['a move of a person waits', { desired: 'v3' }, 'names v3'],
    ['the source names another', { candidate: { ...candidate, source: { ...source, desired: 'v3' } } }, 'v3'],
    ['automation is held', { hold: 'after the incident' }, 'after the incident'],
    [
      'the canary is paused',
      { candidate: { ...candidate, source: { ...source, heldBack: 'The canary is paused.' } } },
      'paused',
    ],
    ['a canary runs in the environment', { canary: 'v1' }, 'canary of v1'],
    ['the environment left it by a rollback', { presence: 'rolled-back' }, 'by a rollback'],
    ['nobody knows how the environment left it', { presence: 'unknown' }, 'not known'],
    ['it is older than what is served', { isOlder: true }, 'older than v1'],
    ['nobody knows how old it is', { isOlder: undefined }, 'is older is not known'],
    ['it is a hotfix of another environment', { hotfixIn: 'legacy' }, 'hotfix of legacy'],
    [
      'a gate, a freeze or a veto stops it',
      { explanation: { outcome: 'waiting', move: 'promotion', message: 'Frozen.' } },
      'Frozen.',
    ],
    ['the gates cannot be evaluated', { explanation: undefined }, 'cannot be evaluated'],
    [
      'the move would be a rollback',
      { explanation: { outcome: 'admitted', move: 'rollback', message: '' } },
      'not a promotion',
    ],
  ])('never while %s, and says so', (_, facts, why) => {
    expect(decideAuto({ ...ready, ...facts })).toMatchObject({
      do: 'wait',
      why: expect.stringContaining(why),
    });
  });
});

describe('the release that is chosen', () => {
  // Added one after the other; v1.1.0 and v1.1.1 by one commit.
  const ages = new Map(
    Object.entries({
      'v1.0.0': { revision: 'a' },
      'v1.1.0': { revision: 'b' },
      'v1.1.1': { revision: 'b' },
      'v2.0.0': { revision: 'c' },
      'v1.4.0': { revision: 'd' },
      nightly: { revision: 'e' },
      'v1.2.0': { revision: 'f' },
    }),
  );
  const versions = readVersionRange('^1.1');
  if (versions === undefined) throw new Error('^1.1 is a range');
  const semver = { kind: 'semver', range: '^1.1', versions } as const;

  it('is newer than what is served, the newest first', () => {
    expect(chooseByAge({ kind: 'newest' }, ages, 'v2.0.0')).toEqual(['v1.2.0', 'nightly', 'v1.4.0']);
    expect(chooseByAge({ kind: 'newest' }, ages, 'v1.1.0')[3]).toBe('v2.0.0');
    expect(chooseByAge({ kind: 'newest' }, ages, 'v1.1.0')).not.toContain('v1.1.1');
    expect(chooseByAge({ kind: 'newest' }, ages, 'v1.2.0')).toEqual([]);
    expect(chooseByAge({ kind: 'newest' }, ages, 'unknown')).toEqual([]);
    expect(chooseByAge({ kind: 'newest' }, ages, undefined)).toHaveLength(7);
  });

  it('is the highest version of a range, and never a lower one than what is served', () => {
    expect(chooseByAge(semver, ages, 'v1.0.0')).toEqual(['v1.4.0', 'v1.2.0', 'v1.1.1', 'v1.1.0']);
    expect(chooseByAge(semver, ages, 'v1.4.0')).toEqual([]);
    expect(chooseByAge(semver, ages, 'nightly')).toEqual(['v1.2.0']);
    expect(readVersionRange('newest')).toBeUndefined();
  });

  it('has the age of the commit that added it', () => {
    expect(isOlder(ages, 'v1.0.0', 'v1.1.0')).toBe(true);
    expect(isOlder(ages, 'v1.4.0', 'v2.0.0')).toBe(false);
    expect(isOlder(ages, 'v1.1.0', 'v1.1.1')).toBe(false);
    expect(isOlder(ages, 'gone', 'v1.1.1')).toBeUndefined();
  });
});
