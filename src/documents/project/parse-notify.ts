// Parses `notify` of stk.yaml: who is notified of what. Sending is the work of src/notify.
import { suggest } from '../../kernel/nearest-name.ts';
import { notifyForms, notifyWords, type NotifySetting } from '../../model/pipeline/notify.ts';
import type { TreeMap } from '../yaml/document-tree.ts';
import { child, itemsOf, textOf, textsOf } from '../yaml/tree-reader.ts';
import type { Report } from '../yaml/read-document.ts';

/** `known`: the environments of the project. */
export function readNotify(root: TreeMap, known: Iterable<string>, report: Report): NotifySetting[] {
  const names = [...known];
  return itemsOf(root, 'notify').flatMap((item, i): NotifySetting[] => {
    if (item.kind !== 'map') return [];
    const at = `/notify/${i}`;
    const environments =
      child(item, 'environments') === undefined ? undefined : textsOf(item, 'environments');
    for (const [j, name] of (environments ?? []).entries()) {
      if (!names.includes(name))
        report(`${at}/environments/${j}`, `there is no environment "${name}"${suggest(name, names)}`);
    }
    const on = child(item, 'on') === undefined ? undefined : new Set(textsOf(item, 'on'));
    const as = textOf(item, 'as');
    const form = notifyForms.find((one) => one === as);
    if (form === undefined) return [];
    return [
      {
        urlFrom: textOf(item, 'urlFrom') ?? '',
        as: form,
        on: notifyWords.filter((word) => on?.has(word) !== false),
        environments,
      },
    ];
  });
}
