// Compiles regular expressions of input schemas for an engine of linear time (RE2). Their size is limited by the code
// that runs them.
import { RE2JS } from 're2js';

/** Throws an Error that names what the pattern must not use: look-around and back-references. */
export function compilePattern(source: string): RE2JS {
  try {
    // First as the dialect that JSON Schema names, so that a typo is an error in both.
    const plain = new RegExp(source, 'u');
    return RE2JS.compile(RE2JS.translateRegExp(plain.source));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the pattern ${showPattern(source)} is not supported (${why}); look-around and back-references are not`,
      { cause: error },
    );
  }
}

export function showPattern(source: string): string {
  return JSON.stringify(source.length > 80 ? `${source.slice(0, 79)}…` : source);
}
