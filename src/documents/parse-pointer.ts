// Parses a pointer file, `environments/<name>.yaml`.
import { pointerSchema } from './schemas/pointer-schema.ts';
import { maxPointerBytes, type Pointer } from '../model/pointer.ts';
import type { Parsed } from '../model/problem.ts';
import { readDocument } from './yaml/read-document.ts';
import { mapOf, textOf, textsOf } from './yaml/tree-reader.ts';

/** `file`: its path in the repo, for the problems. */
export function parsePointer(text: string, { file }: { readonly file: string }): Parsed<Pointer> {
  const { root, problems } = readDocument(text, { file, maxBytes: maxPointerBytes, schema: pointerSchema });
  const release = textOf(root, 'release');
  const found = problems();
  if (found.length > 0 || release === undefined) return { ok: false, problems: found };
  const [hold, hotfix, override] = [mapOf(root, 'hold'), mapOf(root, 'hotfix'), mapOf(root, 'override')];
  const reasonOf = (map: typeof hold): string => textOf(map, 'reason') ?? '';
  const named = textOf(override, 'freeze');
  return {
    ok: true,
    value: {
      release,
      ...(hold === undefined ? {} : { hold: { reason: reasonOf(hold) } }),
      ...(hotfix === undefined
        ? {}
        : { hotfix: { reason: reasonOf(hotfix), approvers: textsOf(hotfix, 'approvers') } }),
      ...(override === undefined
        ? {}
        : {
            override: {
              freezes: named === undefined ? textsOf(override, 'freeze') : [named],
              reason: reasonOf(override),
            },
          }),
    },
  };
}
