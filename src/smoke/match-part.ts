// Compares an answer with the part of it that a test expects: objects by the keys given, lists element by element.
import { isJsonObject, type Json } from '../kernel/json.ts';
import { pointerTo } from '../documents/yaml/document-tree.ts';

/** Where the answer first differs from the expectation. */
export interface Mismatch {
  /** JSON pointer into the answer. */
  readonly pointer: string;
  readonly expected: string;
  readonly got: string;
}

const longestShown = 200;

/** `undefined` when it matches. `got` is undefined when the member is missing. */
export function findMismatch(expected: Json, got: Json | undefined, pointer = ''): Mismatch | undefined {
  if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length)
      return { pointer, expected: `${expected.length} elements`, got: `${got.length} elements` };
    return first(expected.map((item, i) => () => findMismatch(item, got[i], pointerTo(pointer, i))));
  }
  if (isJsonObject(expected) && isJsonObject(got)) {
    return first(
      Object.entries(expected).map(([key, item]) => () => {
        const member = Object.hasOwn(got, key) ? got[key] : undefined;
        return findMismatch(item, member, pointerTo(pointer, key));
      }),
    );
  }
  if (expected === got) return undefined;
  return { pointer, expected: showJson(expected), got: got === undefined ? 'nothing' : showJson(got) };
}

function first(comparisons: readonly (() => Mismatch | undefined)[]): Mismatch | undefined {
  for (const compare of comparisons) {
    const found = compare();
    if (found !== undefined) return found;
  }
  return undefined;
}

export function showJson(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
