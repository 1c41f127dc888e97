// Regular expressions of input schemas, run by an engine of linear time (RE2), within a budget a validation. A
// pattern of V8 can take exponential time on input that a caller chooses; these cannot.
import { RE2JS } from 're2js';

/** Most characters of a pattern, and most instructions it may compile to. */
export const maxPatternLength = 1000;
export const maxProgramSize = 2000;
/** Most steps (characters × instructions) of all patterns in one validation; some 100 ms at worst. */
export const maxSteps = 20_000_000;

let stepsLeft = maxSteps;

/** Call before each validation. Validators are synchronous, so one budget is enough. */
export function resetPatternBudget(): void {
  stepsLeft = maxSteps;
}

export class PatternBudgetSpent extends Error {}

export interface LinearPattern {
  test(text: string): boolean;
  /** The pattern; ajv keeps equal ones once by it. */
  toString(): string;
}

/** Throws an Error that says what the pattern may not be: look-around, back-references, or too large. */
export function createLinearPattern(source: string): LinearPattern {
  if (source.length > maxPatternLength) {
    throw new Error(`the pattern has ${source.length} characters; at most ${maxPatternLength} are allowed`);
  }
  const compiled = compilePattern(source);
  const size = compiled.programSize();
  if (size > maxProgramSize)
    throw new Error(
      `the pattern ${show(source)} is too large: its repetitions unfold to ${size} steps; at most ${maxProgramSize} are allowed`,
    );
  return {
    test(text) {
      stepsLeft -= (text.length + 1) * size;
      if (stepsLeft < 0) throw new PatternBudgetSpent(`the input is too long for its patterns`);
      return compiled.test(text);
    },
    toString: () => source,
  };
}

function compilePattern(source: string): RE2JS {
  try {
    // First as the dialect that JSON Schema names, so that a typo is one in both.
    const plain = new RegExp(source, 'u');
    return RE2JS.compile(RE2JS.translateRegExp(plain.source));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the pattern ${show(source)} is not supported (${why}); look-around and back-references are not`,
      { cause: error },
    );
  }
}

function show(source: string): string {
  return JSON.stringify(source.length > 80 ? `${source.slice(0, 79)}…` : source);
}
