// Makes an input validator from the source of generate-validator.ts. Its messages about an input contain none of its
// values.
import { createRequire } from 'node:module';
import type { ErrorObject } from 'ajv';
import { pointerTo } from '../../documents/yaml/document-tree.ts';
import type { InputProblem, InputValidator } from './compiled-release.ts';
import { createValues, isUnique } from './linear-keywords.ts';
import { createLinearPattern, PatternBudgetSpent, resetPatternBudget } from './linear-pattern.ts';
import { stringFormats } from './string-formats.ts';

const load = createRequire(import.meta.url);

/** Functions that the generated code calls, by name. */
const inScope = { createPattern: createLinearPattern, formats: stringFormats, isUnique, createValues };

interface GeneratedValidator {
  (input: unknown): boolean;
  errors?: ErrorObject[] | null;
}

/** `code`: from generate-validator.ts. An absent input counts as {}. */
export function buildValidator(code: string): InputValidator {
  const module: { exports: unknown } = { exports: undefined };
  // The generated code is a CommonJS module; ajv escapes every text of the schema in it.
  // oxlint-disable-next-line typescript/no-implied-eval -- evaluating ajv's code here is the purpose of this file
  const evaluate = new Function('module', 'exports', 'require', ...Object.keys(inScope), code);
  evaluate(module, {}, loadRuntime, ...Object.values(inScope));
  const validate = module.exports;
  if (!isValidator(validate)) throw new TypeError('the generated code exports no function');
  return (input) => {
    resetPatternBudget();
    try {
      if (validate(input === undefined ? {} : input)) return undefined;
    } catch (error) {
      // A schema that refers to itself, with an endlessly nested input.
      if (error instanceof RangeError) return [{ pointer: '', detail: 'the input is nested too deeply' }];
      if (error instanceof PatternBudgetSpent) return [{ pointer: '', detail: error.message }];
      throw error;
    }
    return (validate.errors ?? []).map(describe);
  };
}

/** For an operation without `input`: an object whose members are the parameters of its SQL. */
export function buildParameterValidator(parameters: readonly string[]): InputValidator {
  const known = new Set(parameters);
  return (input) => {
    if (input === undefined) return undefined;
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      return [{ pointer: '', detail: 'must be an object' }];
    }
    const unknown = Object.keys(input).filter((name) => !known.has(name));
    if (unknown.length === 0) return undefined;
    const expected = known.size === 0 ? 'no members' : `only ${parameters.join(', ')}`;
    return unknown
      .slice(0, 10)
      .map((name) => ({ pointer: pointerTo('', name), detail: `is not known here: expected ${expected}` }));
  };
}

function loadRuntime(id: string): unknown {
  if (!id.startsWith('ajv/dist/runtime/')) throw new Error(`generated code asks for ${id}`);
  return load(id);
}

function isValidator(value: unknown): value is GeneratedValidator {
  return typeof value === 'function';
}

function describe({ keyword, instancePath, params, message = 'is not valid' }: ErrorObject): InputProblem {
  const named = (key: string): string => String(Object.entries(params).find(([name]) => name === key)?.[1]);
  switch (keyword) {
    case 'required':
      return { pointer: pointerTo(instancePath, named('missingProperty')), detail: 'is required' };
    case 'additionalProperties':
      return { pointer: pointerTo(instancePath, named('additionalProperty')), detail: 'is not known here' };
    case 'unevaluatedProperties':
      return { pointer: pointerTo(instancePath, named('unevaluatedProperty')), detail: 'is not known here' };
    case 'enum':
      return {
        pointer: instancePath,
        detail: `must be one of ${JSON.stringify(params['allowedValues']).slice(1, -1)}`,
      };
    case 'const':
      return { pointer: instancePath, detail: `must be ${JSON.stringify(params['allowedValue'])}` };
    case 'type':
      return { pointer: instancePath, detail: `must be ${named('type').replaceAll(',', ' or ')}` };
    default:
      return { pointer: instancePath, detail: message };
  }
}
