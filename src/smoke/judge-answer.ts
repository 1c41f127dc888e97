// Compares one answer with a smoke test's expectations: a part of it, and a JSON Schema. Reports what was expected and
// what came.
import type { Json, JsonObject } from '../kernel/json.ts';
import { compileExpectedSchema, type ExpectedSchema } from '../serving/compile/compile-expected-schema.ts';
import { findMismatch, showJson } from './match-part.ts';

/** Why an attempt failed. */
export interface Failure {
  readonly expected: string;
  readonly got: string;
}

/** Schemas are compiled once for each test. */
const compiled = new WeakMap<JsonObject, ExpectedSchema>();

export interface ExpectedAnswer {
  readonly part: Json | undefined;
  readonly schema: JsonObject | boolean | undefined;
}

/** `undefined` when it matches. */
export function judgeAnswer({ part, schema }: ExpectedAnswer, answer: Json): Failure | undefined {
  const mismatch = part === undefined ? undefined : findMismatch(part, answer);
  if (mismatch !== undefined) {
    const { pointer, expected, got } = mismatch;
    const place = pointer === '' ? '' : ` at ${pointer}`;
    return { expected: `${expected}${place}`, got };
  }
  return schema === undefined ? undefined : judgeSchema(schema, answer);
}

function judgeSchema(schema: JsonObject | boolean, answer: Json): Failure | undefined {
  const expected = compile(schema);
  if (!expected.ok) {
    const problems = expected.problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ');
    return { expected: 'a valid JSON Schema', got: problems };
  }
  const [problem] = expected.validate(answer) ?? [];
  if (problem === undefined) return undefined;
  const place = problem.pointer === '' ? 'the answer' : problem.pointer;
  return { expected: `${place} ${problem.detail} (schema)`, got: showJson(answer) };
}

function compile(schema: JsonObject | boolean): ExpectedSchema {
  if (typeof schema === 'boolean') return compileExpectedSchema(schema);
  const known = compiled.get(schema) ?? compileExpectedSchema(schema);
  compiled.set(schema, known);
  return known;
}
