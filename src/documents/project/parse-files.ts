// Reads what documents say about files: `files` of an environment and of a release.
import type { FileNeed } from '../../model/file-store.ts';
import { toJsonObject, type TreeMap } from '../yaml/document-tree.ts';
import type { Report } from '../yaml/read-document.ts';
import { child, itemsOf, jsonOf, mapOf, textOf } from '../yaml/tree-reader.ts';

/** The key of an environment. */
export function readFileStore(
  node: TreeMap,
  pointer: string,
  report: Report,
): { readonly root: string } | undefined {
  const root = textOf(mapOf(node, 'files'), 'root');
  if (root === undefined) return undefined;
  if (!root.startsWith('/') || root.split('/').includes('..'))
    report(
      `${pointer}/files/root`,
      `"${root}" is not an absolute path without ".." on the machine of the Hub`,
    );
  return { root };
}

/** The key of a release and of its source. */
export function readFileNeeds(root: TreeMap): readonly FileNeed[] {
  return itemsOf(root, 'files').flatMap((item) => {
    if (item.kind !== 'map') return [];
    const schema = child(item, 'schema');
    const written = jsonOf(item, 'schema');
    return [
      {
        glob: textOf(item, 'glob') ?? '',
        schema:
          schema?.kind === 'map' ? toJsonObject(schema) : typeof written === 'boolean' ? written : undefined,
        isRequired: jsonOf(item, 'required') === true,
      },
    ];
  });
}
