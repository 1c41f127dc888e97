// Reads what a release is cut from: release.yaml, the SQL files that it names, the migrations beside it. Everything that
// is wrong is collected with its place. Follows links only within their bounds.
import type { Stats } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pointerTo } from '../../documents/yaml/document-tree.ts';
import { maxReleaseBytes } from '../../documents/parse-release.ts';
import {
  openReleaseSource,
  type OpenReleaseSource,
  type ReleaseSource,
} from '../../documents/parse-release-source.ts';
import type { DocumentProblem } from '../../model/problem.ts';
import type { Operation } from '../../model/release.ts';

/** The most that `sql:` of a release may have, in characters. */
const maxSqlCharacters = 65_536;
const maxSqlBytes = maxSqlCharacters * 4;
const maxMigrationBytes = 64 * 1024 * 1024;
const maxMigrations = 10_000;

export interface Application {
  readonly source: Pick<
    ReleaseSource,
    'notes' | 'schema' | 'permissions' | 'config' | 'smoke' | 'derivesSchema'
  >;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Says what a later step finds wrong at a JSON pointer of release.yaml. */
  readonly report: OpenReleaseSource['report'];
  readonly problems: OpenReleaseSource['problems'];
}

export type ReadApplication =
  | { readonly ok: true; readonly application: Application }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

export interface Migration {
  /** For messages. */
  readonly path: string;
  readonly sql: string;
}

export type ReadMigrations =
  | { readonly ok: true; readonly migrations: readonly Migration[]; readonly skipped: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** `label`: the folder as messages name it. */
export async function readApplication(directory: string, label: string): Promise<ReadApplication> {
  const file = join(label, 'release.yaml');
  const text = await readText(join(directory, 'release.yaml'), {
    within: directory,
    maxBytes: maxReleaseBytes,
  });
  if (!text.ok)
    return { ok: false, problems: [{ file, line: 1, column: 1, pointer: '', message: text.message }] };
  const { parsed, report, problems } = openReleaseSource(text.text, { file });
  if (!parsed.ok) return { ok: false, problems: parsed.problems };
  const operations = new Map<string, Operation>();
  for (const [name, operation] of parsed.value.operations) {
    if (operation.kind !== 'sql-file') {
      operations.set(name, operation);
      continue;
    }
    const sql = await readText(join(directory, operation.path), { within: directory, maxBytes: maxSqlBytes });
    const pointer = `${pointerTo('/operations', name)}/sql/file`;
    const problem = sql.ok ? judgeSql(sql.text) : sql.message;
    if (problem !== undefined) report(pointer, `${operation.path}: ${problem}`);
    if (sql.ok) operations.set(name, operation.complete(tidySql(sql.text)));
  }
  const found = problems();
  if (found.length > 0) return { ok: false, problems: found };
  return { ok: true, application: { source: parsed.value, operations, report, problems } };
}

function judgeSql(text: string): string | undefined {
  if (text.trim() === '') return 'the file is empty: expected one SQL statement';
  if (text.includes('\0')) return 'the file holds a NUL character: it is no SQL text';
  const length = [...text].length;
  return length > maxSqlCharacters
    ? `${length} characters; at most ${maxSqlCharacters} are allowed`
    : undefined;
}

/** Line ends and the file's last newline differ between machines and editors; the release's bytes may not. */
function tidySql(text: string): string {
  const body = text.replaceAll('\r\n', '\n').trimEnd();
  return body.includes('\n') ? `${body}\n` : body;
}

/** `directory/migrations/*.sql` in the order of their names, those that undo one left out. Links stay within `repository`. */
export async function readMigrations(
  directory: string,
  { label, repository }: { readonly label: string; readonly repository: string },
): Promise<ReadMigrations> {
  const folder = join(directory, 'migrations');
  const shown = join(label, 'migrations');
  let names: string[];
  try {
    const target = await realpath(folder);
    if (!isWithin(target, await realpath(repository)))
      return { ok: false, message: `${shown} leads out of ${repository}, to ${target}` };
    names = await readdir(target);
  } catch (error) {
    return { ok: false, message: `${shown} cannot be read: ${reasonOf(error)}` };
  }
  const files = names.filter((name) => name.endsWith('.sql')).sort();
  const skipped = files.filter((name) => name.endsWith('.down.sql'));
  const wanted = files.filter((name) => !name.endsWith('.down.sql'));
  if (wanted.length === 0) return { ok: false, message: `${shown} holds no .sql file` };
  if (wanted.length > maxMigrations)
    return {
      ok: false,
      message: `${shown} holds ${wanted.length} files; at most ${maxMigrations} are applied`,
    };
  const migrations: Migration[] = [];
  let left = maxMigrationBytes;
  for (const name of wanted) {
    const path = join(shown, name);
    const text = await readText(join(folder, name), { within: repository, maxBytes: left });
    if (!text.ok) return { ok: false, message: `${path}: ${text.message}` };
    left -= Buffer.byteLength(text.text);
    migrations.push({ path, sql: text.text.replace(/^\uFEFF/, '') });
  }
  return { ok: true, migrations, skipped };
}

type ReadText =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** A regular UTF-8 file that lies in `within` after its links are followed. */
async function readText(
  path: string,
  { within, maxBytes }: { readonly within: string; readonly maxBytes: number },
): Promise<ReadText> {
  try {
    const target = await realpath(path);
    const bounds = await realpath(within);
    if (!isWithin(target, bounds)) return { ok: false, message: `it leads out of ${bounds}, to ${target}` };
    const facts: Stats = await lstat(target);
    if (!facts.isFile()) return { ok: false, message: 'it is no regular file' };
    if (facts.size > maxBytes)
      return { ok: false, message: `it has ${facts.size} bytes; at most ${maxBytes} are read` };
    const handle = await open(target);
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await handle.readFile());
      return { ok: true, text };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { ok: false, message: reasonOf(error) };
  }
}

function isWithin(path: string, bounds: string): boolean {
  return path === bounds || path.startsWith(bounds.endsWith(sep) ? bounds : bounds + sep);
}

function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return 'it is no UTF-8 text';
  if (!(error instanceof Error) || !('code' in error)) return String(error);
  if (error.code === 'ENOENT') return 'it does not exist';
  if (error.code === 'ENOTDIR') return 'it is no folder';
  return error.message;
}
