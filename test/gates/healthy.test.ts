// Gate `healthy`: what it makes of the record of an environment, and its settings.
import { describe, expect, it } from '@jest/globals';
import { healthKeyOf, healthQuestionOf } from '../../src/gates/kinds/healthy.ts';
import type { GateAnswer } from '../../src/model/pipeline/gate.ts';
import type { HealthQuestion, HealthSpan, Known, SpanCalls } from '../../src/model/pipeline/gate-facts.ts';
import { day, evaluate, hour, now, problemsOf } from '../support/gates/some-facts.ts';

const parts = 'ready: 99.9%, errorRate: { below: 1% }, latency: { quantile: 0.95, below: 30s }';
const gate = `{ healthy: { environment: dev, for: 24h, ${parts} } }`;
function aQuestion(settings: unknown): HealthQuestion {
  const found = healthQuestionOf(settings);
  if (found === undefined) throw new Error('it is no question');
  return found;
}
const question = aQuestion({
  healthy: {
    environment: 'dev',
    for: '24h',
    errorRate: { below: '1%' },
    latency: { quantile: 0.95, below: '30s' },
  },
});

const calls: SpanCalls = { calls: 12_000, errors: 3, quantileMs: 1210 };
const good: HealthSpan = { since: now - 2 * day, healthyMs: day - 60_000, calls };

function judge(span: Partial<HealthSpan> | Known<HealthSpan>): GateAnswer {
  const known: Known<HealthSpan> = 'known' in span ? span : { known: true, value: { ...good, ...span } };
  return evaluate(gate, { health: new Map([[healthKeyOf(question), known]]) });
}

describe('healthy', () => {
  it('passes with every measure in its sentence', () => {
    expect(judge({})).toMatchObject({
      verdict: 'pass',
      sentence:
        'Over 1d, dev was healthy 99.93 % of the time (at least 99.9 % is required), and failed 3 of 12000 calls, 0.025 % (below 1 % is required), and answered 95 % of its calls within 1.21s (below 30s is required).',
    });
  });

  it.each<[string, Partial<HealthSpan>, string]>([
    ['was down too long', { healthyMs: day - 90_000 }, 'healthy 99.895 %'],
    ['failed too many calls', { calls: { ...calls, errors: 120 } }, 'failed 120 of 12000 calls, 1 %'],
    ['was too slow', { calls: { ...calls, quantileMs: 30_000 } }, 'within 30s'],
    ['was slower than can be told', { calls: { ...calls, quantileMs: Infinity } }, 'more than 60s'],
    ['answered no call', { calls: { calls: 0, errors: 0, quantileMs: undefined } }, 'has no counted calls'],
  ])('waits while it %s', (_, span, said) => {
    const answer = judge(span);
    expect(answer).toMatchObject({ verdict: 'pending', again: now + 60_000 });
    expect(answer.sentence).toContain(said);
  });

  it('waits until the record covers the whole time', () => {
    expect(judge({ since: now - 3 * hour })).toMatchObject({
      verdict: 'pending',
      again: now + 21 * hour,
      sentence: 'The record of dev covers 3h; 1d are required, until 2026-11-26T09:00:00Z.',
    });
    expect(judge({ since: undefined }).sentence).toBe('Nothing is recorded about dev yet; 1d are required.');
  });

  it('never passes on what could not be read', () => {
    expect(judge({ known: false, why: 'Prometheus does not answer' })).toMatchObject({
      verdict: 'error',
      sentence: 'The health of dev cannot be read: Prometheus does not answer.',
    });
    expect(evaluate(gate, {}).verdict).toBe('error');
  });

  it('refuses settings that mean nothing', () => {
    const problems = (settings: string) => problemsOf(`from: dev\ngates: { g: { healthy: ${settings} } }`);
    expect(problems('{ environment: dve, for: 1h, ready: 99% }')).toEqual([
      '7:43 there is no environment "dve"; did you mean "dev"?',
    ]);
    expect(problems('{ environment: dev, for: 1h }')).toEqual([
      '7:28 one of "ready", "errorRate" or "latency" is missing',
    ]);
    expect(problems('{ environment: dev, for: 40d, ready: 99% }')[0]).toContain('7:53');
    expect(problems('{ environment: dev, for: 1h, latency: { below: 61s } }')[0]).toContain('7:75');
    expect(
      problems(
        '{ environment: dev, for: 1h, errorRate: { below: 1% }, source: { prometheus: "http://u:p@h/" } }',
      )[0],
    ).toContain('the URL contains credentials');
    expect(problems('{ environment: dev, for: 1h, ready: 99%, source: hub }')).toEqual([]);
    expect(problems('{ environment: "", for: 1h, ready: 99% }')[0]).toContain('7:43');
    for (const parts of [
      'ready: 101%',
      'ready: 0%',
      'errorRate: { below: 0% }',
      'errorRate: { below: 101% }',
    ])
      expect(problems(`{ environment: dev, for: 1h, ${parts} }`)[0]).toContain('is out of bounds');
    expect(
      problems('{ environment: dev, for: 1h, ready: 99%, source: { prometheus: "http://h/" } }')[0],
    ).toContain('no calls are counted');
  });
});
