// Each event is told under one word or under none.
import { describe, expect, it } from '@jest/globals';
import { frozenBy } from '../../src/model/pipeline/freeze.ts';
import { isToldElsewhere, wordOfEvent } from '../../src/notify/word-of-event.ts';
import { anEvent } from '../support/git/records-repo.ts';

describe('the word of an event', () => {
  it.each([
    ['activated', { event: 'activated', class: 'promotion' }],
    ['activated', { event: 'activated', class: 'hotfix' }],
    ['rolled-back', { event: 'activated', class: 'rollback' }],
    ['rolled-back', { event: 'smoke-failed' }],
    ['rolled-back', { event: 'canary-failed' }],
    ['refused', { event: 'refused' }],
    ['waiting', { event: 'waiting', reason: '1 gate not passed yet' }],
    ['frozen', { event: 'waiting', reason: `${frozenBy}peak-sales (sales). 1 gate not passed yet` }],
    ['unhealthy', { event: 'unhealthy', class: 'rollback' }],
    [undefined, { event: 'admitted' }],
    ['canary-undecided', { event: 'canary-verdict', reason: 'undecided' }],
    ['canary-no-data', { event: 'canary-verdict', reason: 'NO_DATA' }],
    ['canary-no-data-long', { event: 'canary-verdict', reason: 'NO_DATA-15m' }],
    ['canary-alert', { event: 'canary-verdict', reason: 'alert' }],
    [undefined, { event: 'canary-verdict', reason: 'INCONCLUSIVE' }],
    [undefined, { event: 'canary-step' }],
  ] as const)('is %s of %j', (word, parts) => {
    expect(wordOfEvent(anEvent(parts))).toBe(word);
  });

  it('is none of a rollback commit that the Hub made after it had told the failure, or in a drill', () => {
    const causes = ['smoke', 'canary', 'drill', 'trigger', undefined];
    expect(causes.filter((cause) => isToldElsewhere(cause, true))).toEqual(['smoke', 'canary', 'drill']);
    // Another Hub found the failure, and it does not notify.
    expect(causes.filter((cause) => isToldElsewhere(cause, false))).toEqual(['drill']);
  });
});
