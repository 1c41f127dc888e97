import { describe, expect, it } from '@jest/globals';
import { comparePaired } from '../../src/analysis/paired-evaluation.ts';
import type { GateAnswer } from '../../src/model/pipeline/gate.ts';
import type { ComparedEvaluations, Known } from '../../src/model/pipeline/gate-facts.ts';
import type { EvaluationRecord } from '../../src/model/pipeline/record.ts';
import { digest, evaluate, now, problemsOf } from '../support/gates/some-facts.ts';

const gate = '{ evaluation: { name: ai-eval, against: dev, margin: -0.02, atLeast: 0.5 } }';

/** Scores that alternate around the mean by `spread`, so that the differences of two releases have a deviation. */
function anEvaluation(
  release: string,
  { mean, set = 's1', cases = 200, spread = 0, name = 'ai-eval', withScores = true }: Scoring,
): EvaluationRecord {
  const ids = Array.from({ length: cases }, (_, at) => `case-${at}`);
  const scores = new Map(ids.map((id, at) => [id, mean + (at % 2 === 0 ? spread : -spread)]));
  const base = { record: 'evaluation', release, digest, at: now, by: 'ci@example.com', name, set } as const;
  return { ...base, mean, cases, ...(withScores ? { scores } : {}) };
}

interface Scoring {
  readonly mean: number;
  readonly set?: string;
  readonly cases?: number;
  readonly spread?: number;
  readonly name?: string;
  readonly withScores?: boolean;
}

function judge(own: readonly Scoring[], theirs: readonly Scoring[] | null, settings = gate): GateAnswer {
  const counting = (release: string, all: readonly Scoring[]) =>
    all.map((one, at) => ({ path: `${release}/${at}`, record: anEvaluation(release, one) }));
  const other: Known<ComparedEvaluations | null> = {
    known: true,
    value: theirs === null ? null : { release: 'v1', evaluations: counting('v1', theirs) },
  };
  const value = { own: counting('v2', own), against: new Map([['dev', other]]) };
  return evaluate(settings, { evaluations: { known: true, value } });
}

describe('evaluation', () => {
  it('passes a release that is no worse, case by case', () => {
    const answer = judge([{ mean: 0.85, spread: 0.1 }], [{ mean: 0.84 }]);
    expect(answer).toMatchObject({ verdict: 'pass', evidence: ['v2/0', 'v1/0'] });
    expect(answer.sentence).toMatch(
      /^On the set s1 the mean differs by \+0\.0100 from v1, which dev serves, over 200 paired/,
    );
  });

  it('fails a release that is worse, and says by how much', () => {
    const answer = judge([{ mean: 0.78, spread: 0.05 }], [{ mean: 0.85 }]);
    expect(answer).toMatchObject({ verdict: 'fail', help: expect.stringContaining('stk evidence eval') });
    expect(answer.sentence).toContain('differs by -0.0700');
  });

  it('takes the id of a case for nothing else', () => {
    const cases = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`case-${at}`, 0.9]));
    const { 'case-0': _, ...others } = cases;
    const next = { ...others, constructor: 0.9 };
    expect(comparePaired(next, cases, -0.02, 1)).toMatchObject({ verdict: 'NO_DATA', cases: 29 });
  });

  it('waits for a new set where the noise is too large to tell', () => {
    const answer = judge([{ mean: 0.85, spread: 0.3, cases: 60 }], [{ mean: 0.85, cases: 60 }]);
    expect(answer.verdict).toBe('pending');
    expect(answer.sentence).toContain('too small to tell');
  });

  it('takes the same set again for no new evidence', () => {
    const worse = { mean: 0.78, spread: 0.05 };
    expect(judge([worse, { mean: 0.9 }], [{ mean: 0.85 }]).verdict).toBe('fail');
    expect(
      judge([worse, { mean: 0.9, set: 's2' }], [{ mean: 0.85 }, { mean: 0.85, set: 's2' }]).verdict,
    ).toBe('pass');
  });

  it('tests a later set more strictly', () => {
    // The lower bound of 0.85 ± 0.14 over 200 cases is -0.0196 at 0.05/2, and below -0.02 at 0.05/6.
    const close = { mean: 0.85, spread: 0.14 };
    const stable = [{ mean: 0.85 }, { mean: 0.85, set: 's2' }];
    expect(judge([close], stable).verdict).toBe('pass');
    expect(
      judge(
        [
          { mean: 0.7, spread: 0.05 },
          { ...close, set: 's2' },
        ],
        stable,
      ).verdict,
    ).toBe('pending');
  });

  it('needs the other release on the same set, and names the command', () => {
    const answer = judge([{ mean: 0.85 }], [{ mean: 0.85, set: 'old' }]);
    expect(answer).toMatchObject({ verdict: 'pending', help: expect.stringContaining('--release v1') });
  });

  it('compares two means as they are, and says that they are unpaired', () => {
    const answer = judge([{ mean: 0.84, withScores: false }], [{ mean: 0.85 }]);
    expect(answer.verdict).toBe('pass');
    expect(answer.sentence).toContain('unpaired');
  });

  it('asks for the lowest mean, whatever the other release has', () => {
    expect(judge([{ mean: 0.4 }], [{ mean: 0.3 }])).toMatchObject({ verdict: 'fail' });
    expect(judge([{ mean: 0.6 }], null)).toMatchObject({ verdict: 'pass' });
  });

  it('waits while nothing is recorded, and errs while nothing can be read', () => {
    expect(judge([{ mean: 0.9, name: 'other' }], []).verdict).toBe('pending');
    expect(
      evaluate(gate, { evaluations: { known: false, why: 'the remote does not answer' } }),
    ).toMatchObject({
      verdict: 'error',
      sentence: 'The evaluations cannot be read: the remote does not answer.',
    });
  });

  it('refuses settings that can mean nothing', () => {
    const problems = (settings: string) => problemsOf(`from: dev\ngates: { g: { evaluation: ${settings} } }`);
    expect(problems('{ name: e }')).toEqual([expect.stringContaining('needs "against" or "atLeast"')]);
    expect(problems('{ name: e, against: devv }')).toEqual([expect.stringContaining('did you mean "dev"')]);
    expect(problems('{ name: e, atLeast: 1, margin: 0 }')).toEqual([
      expect.stringContaining('"margin" needs "against"'),
    ]);
  });
});
