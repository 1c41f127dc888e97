// The gates of the release night: open incidents, and smoke tests of the environment before.
import { describe, expect, it } from '@jest/globals';
import type { OpenIncident } from '../../src/model/pipeline/gate-facts.ts';
import { aSource, evaluate, now, problemsOf } from '../support/gates/some-facts.ts';

const incident = (severity: OpenIncident['severity'], ...areas: string[]): OpenIncident => ({
  incident: '2026-11-25-prod-v1',
  severity,
  areas,
  opened: now,
});
const judge = (settings: string, ...value: OpenIncident[]) =>
  evaluate(`{ incident: ${settings} }`, { incidents: { known: true, value } });

describe('incident', () => {
  it('passes unless one of that severity or higher is open', () => {
    expect(judge('{ severity: high }', incident('medium')).verdict).toBe('pass');
    expect(judge('{ severity: high }', incident('high'))).toMatchObject({
      verdict: 'pending',
      sentence: expect.stringContaining('2026-11-25-prod-v1 (high, open since'),
      help: 'stk incident close 2026-11-25-prod-v1 --text "…"',
    });
    expect(judge('{ severity: high }', incident('critical')).verdict).toBe('pending');
  });

  it('asks for the areas that it names; an incident that names none affects each of them', () => {
    const settings = '{ severity: low, areas: [auth, data] }';
    expect(judge(settings, incident('critical', 'search')).verdict).toBe('pass');
    expect(judge(settings, incident('low', 'search', 'data')).verdict).toBe('pending');
    expect(judge(settings, incident('low')).verdict).toBe('pending');
  });

  it('never passes on what cannot be read', () => {
    expect(evaluate('{ incident: { severity: low } }', {}).verdict).toBe('error');
    expect(
      evaluate('{ incident: { severity: low } }', { incidents: { known: false, why: 'git is away' } })
        .verdict,
    ).toBe('error');
    expect(problemsOf('gates: { g: { incident: { severity: P0 } } }')).not.toEqual([]);
  });
});

describe('smoke', () => {
  const smoke = (...sources: Parameters<typeof aSource>[0][]) =>
    evaluate('{ smoke: pass }', { sources: sources.map((one) => aSource(one)) });

  it('passes for content that passed in an environment before, and nothing else', () => {
    expect(smoke({ smoke: 'passed' }).verdict).toBe('pass');
    expect(smoke({ smoke: 'failed' }, { smoke: 'passed' }).verdict).toBe('pass');
    expect(smoke({ smoke: 'failed' })).toMatchObject({ verdict: 'fail', help: 'stk smoke --env dev' });
    expect(smoke({ smoke: 'none' }).verdict).toBe('fail');
    expect(smoke({}).verdict).toBe('pending');
    expect(smoke({ presence: 'never' }).verdict).toBe('pending');
    expect(problemsOf('gates: { g: { smoke: pass } }')).toEqual([
      expect.stringContaining('"smoke" needs "from"'),
    ]);
  });
});
