// The Hub's answer after it has run smoke tests.
import { fields, list, optionalText, text } from './answer-fields.ts';

export interface SmokeTestAnswer {
  readonly name: string;
  readonly kind: string;
  readonly outcome: string;
  readonly attempts: number;
  readonly durationMs: number;
  readonly expected?: string;
  readonly got?: string;
}

export interface SmokeAnswer {
  readonly environment: string;
  readonly release: string;
  readonly passed: boolean;
  readonly tests: readonly SmokeTestAnswer[];
}

export function readSmokeAnswer(body: unknown): SmokeAnswer {
  const answer = fields(body);
  return {
    environment: text(answer['environment']),
    release: text(answer['release']),
    passed: answer['passed'] === true,
    tests: list(answer['tests']).map((entry) => {
      const test = fields(entry);
      const expected = optionalText(test['expected']);
      const got = optionalText(test['got']);
      return {
        name: text(test['name']),
        kind: text(test['kind']),
        outcome: text(test['outcome']),
        attempts: Number(test['attempts']),
        durationMs: Number(test['durationMs']),
        ...(expected === undefined ? {} : { expected }),
        ...(got === undefined ? {} : { got }),
      };
    }),
  };
}
