// When the Hub promotes by itself, on facts alone.
import { describe, expect, it } from '@jest/globals';
import { decideAuto, type AutoFacts } from '../../../src/reconciler/auto/decide-auto.ts';

const source = { environment: 'canary', release: 'v2', desired: 'v2', heldBack: undefined };
const ready: AutoFacts = {
  environment: 'prod',
  source,
  desired: 'v1',
  serving: 'v1',
  hold: undefined,
  presence: 'never',
  isOlder: false,
  explanation: { outcome: 'admitted', move: 'promotion', message: 'Every gate of prod passed.' },
};

describe('the Hub promotes by itself', () => {
  it('what the gates let pass', () => {
    expect(decideAuto(ready)).toEqual({ do: 'promote', release: 'v2', source: 'canary' });
    expect(decideAuto({ ...ready, presence: 'promoted-away' }).do).toBe('promote');
  });

  it.each<[string, Partial<AutoFacts>]>([
    ['what is served already', { source: { ...source, release: 'v1' } }],
    ['what the pointer names already', { desired: 'v2' }],
  ])('nothing for %s', (_, facts) => {
    expect(decideAuto({ ...ready, ...facts })).toEqual({ do: 'nothing' });
  });

  it.each<[string, Partial<AutoFacts>]>([
    ['nothing serves the release here', { source: undefined }],
    ['a move of a person waits', { desired: 'v3' }],
    ['the source names another release by now', { source: { ...source, desired: 'v3' } }],
    ['automation is held', { hold: 'after the incident' }],
    ['the canary is paused', { source: { ...source, heldBack: 'The canary is paused.' } }],
    ['the environment left it by a rollback', { presence: 'rolled-back' }],
    ['nobody knows how the environment left it', { presence: 'unknown' }],
    ['it is older than what is served', { isOlder: true }],
    [
      'a gate, a freeze or a veto stops it',
      { explanation: { outcome: 'waiting', move: 'promotion', message: 'Frozen.' } },
    ],
    ['the gates cannot be evaluated', { explanation: undefined }],
    ['the move would be a rollback', { explanation: { outcome: 'admitted', move: 'rollback', message: '' } }],
  ])('never while %s', (_, facts) => {
    expect(decideAuto({ ...ready, ...facts }).do).toBe('wait');
  });
});
