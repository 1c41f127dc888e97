// Gate `analysis`: what the newest canary of a content says, and who may promote one without a verdict.
import { describe, expect, it } from '@jest/globals';
import type { CanaryHistory } from '../../src/model/pipeline/gate-facts.ts';
import { foldCanary } from '../../src/ledger/records/fold-canary.ts';
import type { EventRecord, EventWord } from '../../src/model/pipeline/record.ts';
import {
  anApproval,
  aSource,
  digest,
  evaluate,
  hour,
  now,
  withRecords,
} from '../support/gates/some-facts.ts';

const analysis = '{ analysis: pass }';

function anEvent(event: EventWord, parts: Partial<EventRecord> = {}) {
  const record: EventRecord = {
    record: 'event',
    release: 'v2',
    digest,
    at: now - 2 * hour,
    by: 'stk-hub@localhost',
    environment: 'canary',
    event,
    class: 'promotion',
    revision: 'c'.repeat(40),
    ...parts,
  };
  return { path: `events/${event}`, record };
}

function canary(events: readonly ReturnType<typeof anEvent>[], parts: Partial<CanaryHistory> = {}) {
  const newest = foldCanary(events, 'canary');
  const value = {
    environment: 'canary',
    hasAnalysis: true,
    override: ['release-approver'],
    newest,
    ...parts,
  };
  return { canary: { known: true as const, value }, sources: [aSource({}, 'canary')] };
}

const started = anEvent('canary-started');
const undecided = anEvent('canary-verdict', { reason: 'undecided' });
const approval = (by: string, at = now - hour) => withRecords(anApproval(by, { gate: 'analysis', at }));

describe('the gate analysis', () => {
  it.each<[string, readonly ReturnType<typeof anEvent>[], string]>([
    ['no canary', [], 'pending'],
    ['one that runs', [started], 'pending'],
    ['one that passed', [started, anEvent('canary-passed')], 'pass'],
    [
      'one that failed after it passed',
      [started, anEvent('canary-passed'), anEvent('canary-failed')],
      'fail',
    ],
    ['one that was aborted', [started, anEvent('canary-aborted')], 'fail'],
    ['one begun again after a failure', [started, anEvent('canary-failed'), started], 'pending'],
    ['one of another environment', [anEvent('canary-passed', { environment: 'other' })], 'pending'],
  ])('after %s', (_, events, verdict) => {
    expect(evaluate(analysis, canary(events)).verdict).toBe(verdict);
  });

  it('lets a person who may do so promote an undecided canary, and nobody else', () => {
    const facts = canary([started, undecided]);
    expect(evaluate(analysis, facts)).toMatchObject({
      verdict: 'pending',
      help: expect.stringContaining('stk canary promote'),
    });
    expect(evaluate(analysis, { ...facts, ...approval('ada@example.com') }).verdict).toBe('pass');
    expect(evaluate(analysis, { ...facts, ...approval('rev@example.com') }).verdict).toBe('pending');
    // That a gate only alerts says nothing of the analysis.
    const alerted = canary([started, undecided, anEvent('canary-verdict', { reason: 'alert' })]);
    expect(evaluate(analysis, { ...alerted, ...approval('ada@example.com') }).verdict).toBe('pass');
    // Older than the canary, or about the move as a whole.
    expect(evaluate(analysis, { ...facts, ...approval('ada@example.com', now - 3 * hour) }).verdict).toBe(
      'pending',
    );
    const general = withRecords(anApproval('ada@example.com'));
    expect(evaluate(analysis, { ...facts, ...general }).verdict).toBe('pending');
    const nobody = canary([started, undecided], { override: [] });
    expect(evaluate(analysis, { ...nobody, ...approval('ada@example.com') }).verdict).toBe('pending');
  });

  it('counts no approval while the analysis goes on, or after it failed', () => {
    expect(evaluate(analysis, { ...canary([started]), ...approval('ada@example.com') }).verdict).toBe(
      'pending',
    );
    const failed = canary([started, undecided, anEvent('canary-failed')]);
    expect(evaluate(analysis, { ...failed, ...approval('ada@example.com') }).verdict).toBe('fail');
  });

  it('asks a person where nothing is analysed', () => {
    const facts = canary([started], { hasAnalysis: false });
    expect(evaluate(analysis, facts).verdict).toBe('pending');
    expect(evaluate(analysis, { ...facts, ...approval('ada@example.com') }).verdict).toBe('pass');
  });

  it('does not concern a release that comes from another environment', () => {
    const facts = {
      ...canary([]),
      sources: [aSource({ presence: 'never' }, 'canary'), aSource({}, 'staging')],
    };
    expect(evaluate(analysis, facts).verdict).toBe('pass');
  });

  it('is an error while the records cannot be read', () => {
    expect(evaluate(analysis, { canary: { known: false, why: 'git is away' } }).verdict).toBe('error');
  });
});
