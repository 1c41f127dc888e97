// Parses a pointer file, `environments/<name>.yaml`.
import { pointerSchema } from './schemas/pointer-schema.ts';
import { maxPointerBytes, type Pointer } from '../model/pointer.ts';
import type { Parsed } from '../model/problem.ts';
import { readDocument } from './yaml/read-document.ts';
import { textOf } from './yaml/tree-reader.ts';

/** `file`: its path in the repo, for the problems. */
export function parsePointer(text: string, { file }: { readonly file: string }): Parsed<Pointer> {
  const { root, problems } = readDocument(text, { file, maxBytes: maxPointerBytes, schema: pointerSchema });
  const release = textOf(root, 'release');
  const found = problems();
  return found.length > 0 || release === undefined
    ? { ok: false, problems: found }
    : { ok: true, value: { release } };
}
