// Regular expressions of input schemas, run by an engine of linear time (RE2), within a budget a validation. A
// pattern of V8 can take exponential time on input that a caller chooses; these cannot.
import { compilePattern, showPattern } from '../../documents/compile-pattern.ts';

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
