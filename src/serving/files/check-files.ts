// Checks the files of one environment: do they parse, and do they fit the schemas of a release? Runs in a worker. Stays
// inside the root, follows no link, and has limits for count, bytes, depth and time; it reports what it did not check.
import {
  closeSync,
  constants,
  type Dir,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readSync,
} from 'node:fs';
import { join } from 'node:path';
import { compilePattern } from '../../documents/compile-pattern.ts';
import { errnoOf } from '../../kernel/errno.ts';
import type { FileNeed, FileProblem } from '../../model/file-store.ts';
import { compileExpectedSchema } from '../compile/compile-expected-schema.ts';

export interface FileCheckOrder {
  /** Absolute. */
  readonly root: string;
  readonly needs: readonly FileNeed[];
  /** Milliseconds for all of it. */
  readonly limitMs: number;
}

export const fileLimits = {
  files: 200_000,
  bytesOfFile: 16 * 1024 * 1024,
  bytes: 4 * 1024 * 1024 * 1024,
  nesting: 100,
  folders: 32,
} as const;
/** The most problems that are reported. */
const mostProblems = 50;

type Judge = (value: unknown) => string | undefined;

/**
 * Never throws because of a file. It blocks its thread: that reads many small files several times as fast, and keeps
 * Node's file threads free for others.
 */
export function checkFiles({ root, needs, limitMs }: FileCheckOrder): readonly FileProblem[] {
  const problems: FileProblem[] = [];
  const deadline = performance.now() + limitMs;
  const found = lstatSync(root, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true)
    return [{ code: 'FIL003', file: '.', why: 'the root is not a folder, or is a link' }];
  const rules = needs.map((need) => ({ need, glob: compileGlob(need.glob), judge: judgeOf(need), seen: 0 }));
  let files = 0;
  let bytes = 0;
  const tell = (code: FileProblem['code'], file: string, why: string): void =>
    void problems.push({ code, file, why });
  const isReached = (folder: string): boolean => rules.some(({ glob }) => glob.reaches(folder));
  for (const { path, kind, why } of walk({ root, isReached })) {
    if (problems.length >= mostProblems) return problems;
    const concerned = rules.filter(({ glob }) => kind !== 'folder' && glob.matches(path));
    if (concerned.length > 0) files += 1;
    if (files > fileLimits.files || bytes > fileLimits.bytes || performance.now() > deadline) {
      const limit = files > fileLimits.files ? 'count' : bytes > fileLimits.bytes ? 'bytes' : 'time';
      const reached = `the limit of ${limit} is reached: later files were not checked`;
      return [...problems, { code: 'FIL001', file: path, why: reached, isUnseen: true }];
    }
    for (const rule of concerned) rule.seen += 1;
    if (why !== undefined) {
      // A link can replace a file, or a folder that contains files.
      if (concerned.length > 0 || isReached(path)) tell('FIL001', path, why);
      continue;
    }
    if (concerned.length === 0) continue;
    const read = readDocument(join(root, path));
    if (!read.ok) {
      tell('FIL001', path, read.why);
      continue;
    }
    bytes += read.bytes;
    for (const { judge } of concerned) {
      const misfit = judge(read.value);
      if (misfit !== undefined) tell('FIL002', path, misfit);
    }
  }
  for (const { need, seen } of rules)
    if (need.isRequired && seen === 0) tell('FIL003', need.glob, 'no file has this name');
  return problems;
}

interface Found {
  readonly path: string;
  readonly kind: 'file' | 'link' | 'folder';
  /** Why it is not checked; `undefined` when it is. */
  readonly why?: string;
}

interface Walked {
  readonly root: string;
  /** Whether files below this folder can be needed. */
  isReached(folder: string): boolean;
}

/** Files and links; of folders only those that it should read but does not. */
function* walk(walked: Walked, below = '', depth = 0): Generator<Found> {
  const { root, isReached } = walked;
  let folder: Dir;
  try {
    folder = opendirSync(join(root, below));
  } catch (error) {
    yield { path: below === '' ? '.' : below, kind: 'folder', why: `it cannot be read (${codeOf(error)})` };
    return;
  }
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isSymbolicLink()) yield { path, kind: 'link', why: 'it is a link, which is not followed' };
      else if (entry.isFile()) yield { path, kind: 'file' };
      else if (entry.isDirectory() && isReached(path))
        if (depth < fileLimits.folders) yield* walk(walked, path, depth + 1);
        else yield { path, kind: 'folder', why: `it is more than ${fileLimits.folders} folders deep` };
    }
  } finally {
    folder.closeSync();
  }
}

type Read =
  | { readonly ok: true; readonly value: unknown; readonly bytes: number }
  | { readonly ok: false; readonly why: string };

function readDocument(path: string): Read {
  let file: number;
  try {
    // A link that replaced it meanwhile is not followed, and a pipe does not block.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return { ok: false, why: `it cannot be read (${codeOf(error)})` };
  }
  try {
    const before = fstatSync(file);
    if (!before.isFile()) return { ok: false, why: 'it is not a regular file' };
    if (before.size > fileLimits.bytesOfFile)
      return { ok: false, why: `it has ${before.size} bytes; at most ${fileLimits.bytesOfFile} are read` };
    const buffer = Buffer.allocUnsafe(before.size);
    let length = 0;
    while (length < buffer.length) {
      const count = readSync(file, buffer, length, buffer.length - length, length);
      if (count === 0) break;
      length += count;
    }
    const after = fstatSync(file);
    if (length !== after.size || before.mtimeMs !== after.mtimeMs)
      return { ok: false, why: 'it changed while it was read' };
    return parse(buffer);
  } catch (error) {
    return { ok: false, why: `it cannot be read (${codeOf(error)})` };
  } finally {
    closeSync(file);
  }
}

function codeOf(error: unknown): string {
  return errnoOf(error) ?? 'unknown';
}

function parse(buffer: Buffer): Read {
  if (nestingOf(buffer) > fileLimits.nesting)
    return { ok: false, why: `it is nested deeper than ${fileLimits.nesting} levels` };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer);
    const value: unknown = JSON.parse(text);
    return { ok: true, value, bytes: buffer.length };
  } catch {
    // The parser's message quotes the file.
    return { ok: false, why: 'it is not JSON' };
  }
}

function nestingOf(buffer: Buffer): number {
  let [depth, most, isText] = [0, 0, false];
  for (let i = 0; i < buffer.length; i += 1) {
    const byte = buffer[i];
    if (isText) {
      if (byte === 0x5c) i += 1;
      else if (byte === 0x22) isText = false;
    } else if (byte === 0x22) isText = true;
    else if (byte === 0x5b || byte === 0x7b) most = Math.max(most, (depth += 1));
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
  return most;
}

function judgeOf({ schema }: FileNeed): Judge {
  if (schema === undefined) return () => undefined;
  const compiled = compileExpectedSchema(schema);
  if (!compiled.ok)
    return () => `the schema of the release is not usable: ${compiled.problems[0]?.message ?? ''}`;
  return (value) => {
    const [first] = compiled.validate(value) ?? [];
    return first === undefined
      ? undefined
      : `${first.pointer === '' ? '/' : first.pointer} does not fit the schema`;
  };
}

interface Glob {
  matches(path: string): boolean;
  /** Whether a file below this folder can match. */
  reaches(folder: string): boolean;
}

/** `*` matches characters within a name, `**` any number of folders. Linear time, because the release may be hostile. */
function compileGlob(glob: string): Glob {
  // At the end, `**` matches every file below.
  const parts = glob.replace(/(^|\/)\*\*$/, '$1**/*').split('/');
  const named = (part: string): string =>
    part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  const whole = parts.map((part) => (part === '**' ? '(?:[^/]+/)*' : `${named(part)}/`)).join('');
  const file = compilePattern(`^${whole.replace(/\/$/, '')}$`);
  const first = parts.indexOf('**');
  const folders = parts.slice(0, first === -1 ? -1 : first).map((part) => compilePattern(`^${named(part)}$`));
  return {
    matches: (path) => file.test(path),
    reaches: (folder) => {
      const names = folder.split('/');
      if (names.length > folders.length && first === -1) return false;
      return folders.every((one, i) => {
        const name = names[i];
        return name === undefined || one.test(name);
      });
    },
  };
}
