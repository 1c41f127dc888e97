// Whether a release is proposed to another environment, from facts alone.
import { expect, it } from '@jest/globals';
import { type BackportFacts, decideBackport } from '../../../src/reconciler/proposals/decide-backport.ts';

const facts: BackportFacts = {
  from: 'stable',
  target: 'legacy',
  release: 'v2',
  class: 'promotion',
  smoke: 'none',
  named: ['v1'],
  newer: undefined,
  veto: undefined,
  unsigned: undefined,
  wasProposed: false,
};
const wait = { do: 'wait' };
const stop = (why: string) => ({ do: 'stop', why });
const done = (why: string) => ({ do: 'done', why });

it.each<[string, Partial<BackportFacts>, unknown]>([
  ['a promotion', {}, { do: 'propose' }],
  ['a hotfix', { class: 'hotfix' }, { do: 'propose' }],
  ['to one that has nothing', { named: [] }, { do: 'propose' }],
  ['once only', { wasProposed: true }, { do: 'keep' }],
  ['not a rollback', { class: 'rollback', wasProposed: true }, stop('stable rolled back to v2 since.')],
  ['not where it is named', { named: ['v1', 'v2'], wasProposed: true }, done('legacy has v2 already.')],
  ['not where a later one is', { newer: 'v3' }, done('legacy has v3, which is newer than v2.')],
  ['not a vetoed one', { veto: 'it loses mail' }, stop('v2 is vetoed: it loses mail')],
  ['not before its smoke tests ended', { smoke: undefined }, wait],
  ['not while nobody knows whether it was', { wasProposed: undefined }, wait],
  ['after they passed', { smoke: 'passed' }, { do: 'propose' }],
  ['not when they failed', { smoke: 'failed' }, stop('The smoke tests of v2 failed in stable.')],
  ['not unsigned', { unsigned: 'legacy requires signatures' }, stop('legacy requires signatures.')],
])('%s', (_title, parts, decision) => {
  expect(decideBackport({ ...facts, ...parts })).toEqual(decision);
});
