// The migrations of a folder as their tool sees them: in its order, each with its way down, its key in the ledger and
// the tool's checksums of its file. Uses the cut's knowledge of the layouts. Pure.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { MigrationFile, MigrationTool } from '../../model/migration.ts';
import { byName, orderMigrations } from '../cut/order-migrations.ts';
import { takeDownHalf, takeUpHalf } from '../cut/up-half.ts';
import { flywayVersion, leadingNumber, numberKey, plainKey } from './keys.ts';
import { readJournal } from './read-journal.ts';

export type Half =
  | { readonly kind: 'sql'; readonly sql: string }
  /** Only its own tool can run it. */
  | { readonly kind: 'program' }
  | { readonly kind: 'unreadable'; readonly why: string };

export interface Migration {
  /** As people name it: the name of the file without extension, or of its folder. */
  readonly name: string;
  /** As the ledger names it. */
  readonly key: string;
  readonly path: string;
  readonly up: Half;
  /** `undefined` when it has none. */
  readonly down: Half | undefined;
  /** Any of them matches the current file; empty when the tool stores none. */
  readonly checksums: readonly string[];
  /** Applied again whenever it changes (Flyway). */
  readonly isRepeatable: boolean;
}

export type MigrationSet =
  | { readonly ok: true; readonly migrations: readonly Migration[] }
  | { readonly ok: false; readonly message: string };

export function readMigrationSet(tool: MigrationTool, files: readonly MigrationFile[]): MigrationSet {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  if (tool === 'drizzle') return readDrizzle(texts);
  const programs = [...texts.keys()].filter((path) => isProgram(tool, path));
  // A baseline replaces migrations that an existing database has already.
  const isBaseline = (path: string): boolean => tool === 'flyway' && /^B\d/.test(nameOf(path));
  const paths = [...texts.keys()].filter((path) => path.endsWith('.sql') && !isBaseline(path));
  const ordered = orderMigrations(paths);
  if (!ordered.ok) return ordered;
  const { undoing } = ordered;
  const migrations = [...ordered.wanted, ...programs].map((path): Migration => {
    const text = texts.get(path) ?? '';
    const isFlyway = tool === 'flyway';
    return {
      ...nameMigration(tool, path),
      path,
      ...(programs.includes(path) ? readProgram(text) : readSql(text, wayBack(path, undoing, texts))),
      checksums: checksumsOf(tool, text),
      isRepeatable: isFlyway && nameOf(path).startsWith('R__'),
    };
  });
  const twice = migrations.find(({ key }, i) => migrations.findIndex((one) => one.key === key) < i);
  if (twice !== undefined)
    return { ok: false, message: `two migrations have the version ${twice.key}: one is ${twice.path}` };
  return { ok: true, migrations: programs.length === 0 ? migrations : inNumberOrder(migrations) };
}

function isProgram(tool: MigrationTool, path: string): boolean {
  if (path.includes('/')) return false;
  if (tool === 'rails') return /^\d+_.*\.rb$/.test(path);
  return tool === 'node-pg-migrate' && /^\d.*\.(?:[cm]?[jt]s)$/.test(path) && !path.endsWith('.d.ts');
}

function nameMigration(tool: MigrationTool, path: string): { readonly name: string; readonly key: string } {
  const isFolder = /\/(?:migration|up)\.sql$/.test(path);
  const name = isFolder ? nameOf(path.slice(0, path.lastIndexOf('/'))) : stemOf(path);
  switch (tool) {
    case 'node-pg-migrate':
    case 'prisma':
    case 'drizzle':
      return { name, key: name };
    case 'golang-migrate':
    case 'rails':
      return { name, key: leadingNumber(name) ?? name };
    case 'plain':
      return { name, key: plainKey(name) };
    case 'flyway': {
      const [, kind, version = '', description = ''] = /^([VR])(.*?)__(.*)$/.exec(name) ?? [];
      const key = kind === 'R' ? `R ${description.replaceAll('_', ' ')}` : flywayVersion(version);
      return { name, key };
    }
  }
}

function readSql(text: string, back: string | undefined): Pick<Migration, 'up' | 'down'> {
  const half = takeUpHalf(text.replace(/^\uFEFF/, ''));
  const up: Half = half.ok
    ? { kind: 'sql', sql: half.sql }
    : { kind: 'unreadable', why: `line ${half.line}: ${half.message}` };
  const sql = back ?? takeDownHalf(text);
  const isEmpty = sql === undefined || sql.replaceAll(/^\s*--.*$/gm, '').trim() === '';
  return { up, down: isEmpty ? undefined : { kind: 'sql', sql } };
}

/** Judges by words alone: it never runs a program. */
function readProgram(text: string): Pick<Migration, 'up' | 'down'> {
  const isRefused = /IrreversibleMigration|\bdown\s*[=:]\s*false\b/.test(text);
  const hasDown = /\bdef\s+(?:change|down)\b|\bdown\b/.test(text);
  return { up: { kind: 'program' }, down: hasDown && !isRefused ? { kind: 'program' } : undefined };
}

/** The text of the file that undoes this one; `undefined` when none exists. */
function wayBack(
  path: string,
  undoing: readonly string[],
  texts: ReadonlyMap<string, string>,
): string | undefined {
  const version = /^V(.*?)__/.exec(nameOf(path))?.[1];
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const found = undoing.find((one) => {
    if (/\/(?:migration|up)\.sql$/.test(path)) return one === `${folder}down.sql`;
    const undone = /^U(.*?)__/.exec(nameOf(one))?.[1];
    if (version !== undefined && undone !== undefined)
      return flywayVersion(undone) === flywayVersion(version);
    return stemOf(one.replace(/[._-](?:down|undo|rollback|revert)\.sql$/i, '.sql')) === stemOf(path);
  });
  return found === undefined ? undefined : texts.get(found);
}

function checksumsOf(tool: MigrationTool, text: string): readonly string[] {
  const unix = text.replaceAll('\r\n', '\n');
  switch (tool) {
    case 'flyway':
      return [flywayChecksum(text)];
    case 'prisma':
      return [sha256(text), sha256(unix), sha256(unix.replaceAll('\n', '\r\n'))];
    case 'drizzle':
    case 'plain':
      return [sha256(text)];
    case 'node-pg-migrate':
    case 'golang-migrate':
    case 'rails':
      return [];
  }
}

/** CRC-32 of the lines without their line ends, as a signed 32-bit number. */
function flywayChecksum(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return String(crc32(lines.join('')) | 0);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function readDrizzle(texts: ReadonlyMap<string, string>): MigrationSet {
  const journal = readJournal(texts.get('meta/_journal.json'));
  if (!journal.ok) return journal;
  const migrations: Migration[] = [];
  for (const { tag, when } of journal.entries) {
    const path = `${tag}.sql`;
    const text = texts.get(path);
    if (text === undefined)
      return { ok: false, message: `meta/_journal.json names ${path}, which does not exist` };
    const back = texts.get(`${tag}.down.sql`);
    const checksums = checksumsOf('drizzle', text);
    migrations.push({ name: tag, key: when, path, ...readSql(text, back), checksums, isRepeatable: false });
  }
  return { ok: true, migrations };
}

function inNumberOrder(migrations: readonly Migration[]): Migration[] {
  const numberOf = ({ name }: Migration): bigint => BigInt(leadingNumber(name) ?? 0);
  return migrations.toSorted((a, b) => {
    const [left, right] = [numberOf(a), numberOf(b)];
    return left === right ? byName(a.name, b.name) : left < right ? -1 : 1;
  });
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function stemOf(path: string): string {
  return nameOf(path)
    .replace(/[._-]up\.sql$/i, '')
    .replace(/\.(?:sql|rb|[cm]?[jt]s)$/i, '');
}

/** Whether the ledger's key means this migration: a plain number matches the leading number of a name. */
export function isKeyOf({ key, name }: Pick<Migration, 'key' | 'name'>, written: string): boolean {
  return key === written || (/^\d+$/.test(written) && leadingNumber(name) === numberKey(written));
}
