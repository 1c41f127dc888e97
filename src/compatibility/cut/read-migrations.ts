// Reads the migrations of an application, as its migration tool would run them in an empty database: the files in the
// tool's order, each without its part that undoes it. Refuses ambiguous files. Follows links only within the
// repository.
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { byName, orderMigrations } from './order-migrations.ts';
import { isWithin, readBoundedText, reasonOf } from './read-bounded-text.ts';
import { takeUpHalf, type MarkingTool } from './up-half.ts';

export interface CutMigration {
  /** For messages. */
  readonly path: string;
  readonly sql: string;
}

export type ReadMigrations =
  | {
      readonly ok: true;
      readonly migrations: readonly CutMigration[];
      /** For people: files that are not applied. */
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

export const maxMigrationBytes = 64 * 1024 * 1024;
const maxMigrations = 10_000;
/** The most files of any kind, and the deepest folder. */
export const maxFiles = 40_000;
const maxDepth = 8;
const maxShown = 10;

/** The migrations of `directory/migrations`. `label`: the folder's name in messages. */
export async function readMigrations(
  directory: string,
  { label, repository }: { readonly label: string; readonly repository: string },
): Promise<ReadMigrations> {
  const folder = join(directory, 'migrations');
  const shown = join(label, 'migrations');
  let paths: readonly string[];
  try {
    const target = await realpath(folder);
    if (!isWithin(target, await realpath(repository)))
      return { ok: false, message: `${shown} leads outside ${repository}, to ${target}` };
    paths = await listFiles(target);
  } catch (error) {
    return { ok: false, message: `${shown} cannot be read: ${reasonOf(error)}` };
  }
  if (paths.length >= maxFiles) return { ok: false, message: `${shown} has more than ${maxFiles} files` };
  const ordered = orderMigrations(paths);
  if (!ordered.ok) return { ok: false, message: `${shown}: ${ordered.message}; ${otherSource}` };
  const { wanted, undoing, others } = ordered;
  if (wanted.length === 0) return { ok: false, message: `${shown} has no .sql file; ${otherSource}` };
  if (wanted.length > maxMigrations)
    return {
      ok: false,
      message: `${shown} has ${wanted.length} migrations; at most ${maxMigrations} are applied`,
    };
  const halves: (CutMigration & { readonly name: string; readonly tool: MarkingTool | undefined })[] = [];
  let left = maxMigrationBytes;
  for (const name of wanted) {
    const path = join(shown, name);
    const text = await readBoundedText(join(folder, name), { within: repository, maxBytes: left });
    if (!text.ok) return { ok: false, message: `${path}: ${text.message}` };
    left -= Buffer.byteLength(text.text);
    const half = takeUpHalf(text.text.replace(/^\uFEFF/, ''));
    if (!half.ok) return { ok: false, message: `${path}:${half.line}: ${half.message}; ${otherSource}` };
    halves.push({ name, path, sql: half.sql, tool: half.tool });
  }
  const tools = [...new Set(halves.flatMap(({ tool }) => tool ?? []))];
  if (tools.length > 1)
    return { ok: false, message: `${shown} has files of ${tools.join(' and of ')}; ${otherSource}` };
  // dbmate sorts by name, others compare numbers.
  const inOrder = tools[0] === 'dbmate' ? halves.sort((a, b) => byName(a.name, b.name)) : halves;
  return {
    ok: true,
    migrations: inOrder.map(({ path, sql }) => ({ path, sql })),
    warnings: [
      ...(undoing.length === 0 ? [] : [`not applied, because they undo others: ${list(undoing)}`]),
      ...(others.length === 0
        ? []
        : [`not applied, because the tool of these migrations does not run them: ${list(others)}`]),
    ],
  };
}

const otherSource =
  'correct it, or take the schema from a database that the tool has migrated: --schema-from ENV';

function list(names: readonly string[]): string {
  const more = names.length > maxShown ? ` and ${names.length - maxShown} more` : '';
  return `${names.slice(0, maxShown).join(', ')}${more}`;
}

/** Paths below `root`, parts joined by `/`. Does not follow folders that are links. */
export async function listFiles(root: string, below = '', depth = 0): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (!entry.isDirectory()) found.push(path);
    else if (depth < maxDepth) found.push(...(await listFiles(root, path, depth + 1)));
    if (found.length >= maxFiles) return found;
  }
  return found;
}
