// Parses a pointer file, `environments/<name>.yaml`.
import { pointerSchema } from './pointer-schema.ts';
import { maxPointerBytes, type Pointer } from './pointer.ts';
import type { Parsed } from './problem.ts';
import { readDocument } from './read-document.ts';
import { textOf } from './tree-reader.ts';

/** `file`: its path in the repo, for the problems. */
export function parsePointer(text: string, { file }: { readonly file: string }): Parsed<Pointer> {
  const { root, problems } = readDocument(text, { file, maxBytes: maxPointerBytes, schema: pointerSchema });
  const release = textOf(root, 'release');
  const found = problems();
  return found.length > 0 || release === undefined
    ? { ok: false, problems: found }
    : { ok: true, value: { release } };
}
