// Reads what documents say about migrations: the key `migrations` of an environment, and waivers/<migration>.yaml. An
// unreadable waiver waives nothing.
import { isDate, isDateTime } from '../../kernel/times.ts';
import {
  maxWaiverBytes,
  migrationTools,
  type MigrationSettings,
  waiverFolder,
  type Waiver,
} from '../../model/migration.ts';
import type { Parsed } from '../../model/problem.ts';
import { judgePath } from './judge-place.ts';
import { waiverSchema } from '../schemas/migrations-schema.ts';
import type { TreeMap } from '../yaml/document-tree.ts';
import { readDocument, type Report } from '../yaml/read-document.ts';
import { mapOf, textOf } from '../yaml/tree-reader.ts';

/** `node`: the environment. `undefined` when the key is absent. */
export function readMigrations(
  node: TreeMap,
  pointer: string,
  report: Report,
): MigrationSettings | undefined {
  const written = mapOf(node, 'migrations');
  if (written === undefined) return undefined;
  const dir = (textOf(written, 'dir') ?? '').replace(/\/$/, '');
  if (dir !== '') judgePath(dir, `${pointer}/migrations/dir`, report);
  const tool = migrationTools.find((one) => one === textOf(written, 'tool'));
  const table = textOf(written, 'table');
  if (table !== undefined && !/^[^.]+(\.[^.]+)?$/.test(table))
    report(`${pointer}/migrations/table`, `"${table}" is neither a table nor schema.table`);
  return tool === undefined ? undefined : { dir, tool, table };
}

export function parseWaiver(text: string, { name }: { readonly name: string }): Parsed<Waiver> {
  const file = `${waiverFolder}/${name}.yaml`;
  const { root, report, problems } = readDocument(text, {
    file,
    maxBytes: maxWaiverBytes,
    schema: waiverSchema,
  });
  const migration = textOf(root, 'migration') ?? '';
  if (root !== undefined && migration !== '' && migration !== name)
    report('/migration', `"${migration}" differs from the file name "${name}"`);
  const written = textOf(root, 'until');
  const isDay = written !== undefined && isDate(written);
  if (written !== undefined && !isDay && !isDateTime(written))
    report('/until', `"${written}" is not a date: expected YYYY-MM-DD or an RFC 3339 time with a zone`);
  const found = problems();
  if (found.length > 0) return { ok: false, problems: found };
  // A named day is included completely.
  const until = written === undefined ? undefined : Date.parse(written) + (isDay ? 86_400_000 : 0);
  return { ok: true, value: { migration, reason: textOf(root, 'reason') ?? '', until } };
}
