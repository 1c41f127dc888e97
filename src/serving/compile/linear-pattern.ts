// Regular expressions of input schemas, run by a linear-time engine (RE2), with a budget for each validation. A V8
// pattern can take exponential time on a caller's input; these cannot.
import { compilePattern, showPattern } from '../../documents/compile-pattern.ts';

/** Most characters of a pattern, and most instructions of its compiled form. */
export const maxPatternLength = 1000;
export const maxProgramSize = 2000;
/** Most steps (characters × instructions) of all patterns in one validation; about 100 ms at worst. */
export const maxSteps = 20_000_000;

let stepsLeft = maxSteps;

/** Call before each validation. Validators are synchronous, so one budget is enough. */
export function resetPatternBudget(): void {
  stepsLeft = maxSteps;
}

export class PatternBudgetSpent extends Error {}

export interface LinearPattern {
  test(text: string): boolean;
  /** The pattern's source; ajv uses it to keep equal patterns once. */
  toString(): string;
}

/** Throws an Error that names what the pattern must not use: look-around, back-references, or too large a size. */
export function createLinearPattern(source: string): LinearPattern {
  if (source.length > maxPatternLength) {
    throw new Error(`the pattern has ${source.length} characters; at most ${maxPatternLength} are allowed`);
  }
  const compiled = compilePattern(source);
  const size = compiled.programSize();
  if (size > maxProgramSize)
    throw new Error(
      `the pattern ${showPattern(source)} is too large: its repetitions unfold to ${size} steps; at most ${maxProgramSize} are allowed`,
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
