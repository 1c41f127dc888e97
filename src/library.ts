// What `import … from 'stk-hub'` gives: the parsers of the documents, and the error type. Each export is a promise to those
// who import it; what is not exported here may change at any time.
export { parsePointer } from './documents/parse-pointer.ts';
export { parseRelease } from './documents/parse-release.ts';
export { StkError, type ErrorCode } from './kernel/errors.ts';
export type { Pointer } from './model/pointer.ts';
export type { DocumentProblem, Parsed } from './model/problem.ts';
export type { Release } from './model/release.ts';
