// Looks at the files of one environment: do they parse, and do they fit the schemas of a release? Runs in a worker. Stays inside
// the root, follows no link, and ends within bounds of count, bytes, depth and time; what it did not look at is told.
import { constants } from 'node:fs';
import { lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { compilePattern } from '../../documents/compile-pattern.ts';
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
/** Problems that are told. */
const mostProblems = 50;

type Judge = (value: unknown) => string | undefined;

/** Never rejects for what a file can hold or do. */
export async function checkFiles({ root, needs, limitMs }: FileCheckOrder): Promise<readonly FileProblem[]> {
  const problems: FileProblem[] = [];
  const deadline = performance.now() + limitMs;
  const found = await lstat(root).catch(() => undefined);
  if (found?.isDirectory() !== true)
    return [{ code: 'FIL003', file: '.', why: 'the root is not a folder, or is a link' }];
  const rules = needs.map((need) => ({
    need,
    matches: compileGlob(need.glob),
    judge: judgeOf(need),
    seen: 0,
  }));
  let files = 0;
  let bytes = 0;
  const tell = (code: FileProblem['code'], file: string, why: string): void =>
    void problems.push({ code, file, why });
  for await (const { path, isLink } of walk(root, '', 0)) {
    if (problems.length >= mostProblems) return problems;
    const concerned = rules.filter(({ matches }) => matches.test(path));
    if (concerned.length === 0) continue;
    for (const rule of concerned) rule.seen += 1;
    files += 1;
    if (files > fileLimits.files || bytes > fileLimits.bytes || performance.now() > deadline) {
      const limit = files > fileLimits.files ? 'count' : bytes > fileLimits.bytes ? 'bytes' : 'time';
      tell('FIL001', path, `the limit of ${limit} is reached: what comes after it was not looked at`);
      return problems;
    }
    if (isLink) {
      tell('FIL001', path, 'it is a link, which is not followed');
      continue;
    }
    const read = await readDocument(join(root, path));
    if (!read.ok) {
      tell('FIL001', path, read.why);
      continue;
    }
    bytes += read.bytes;
    for (const { judge } of concerned) {
      const why = judge(read.value);
      if (why !== undefined) tell('FIL002', path, why);
    }
  }
  for (const { need, seen } of rules)
    if (need.isRequired && seen === 0) tell('FIL003', need.glob, 'no file of this name is there');
  return problems;
}

/** Folders that are links are told as links. */
async function* walk(
  root: string,
  below: string,
  depth: number,
): AsyncGenerator<{ readonly path: string; readonly isLink: boolean }> {
  const folder = await opendir(join(root, below)).catch(() => undefined);
  if (folder === undefined) return;
  for await (const entry of folder) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory() && depth < fileLimits.folders) yield* walk(root, path, depth + 1);
    else if (entry.isFile() || entry.isSymbolicLink()) yield { path, isLink: entry.isSymbolicLink() };
  }
}

type Read =
  | { readonly ok: true; readonly value: unknown; readonly bytes: number }
  | { readonly ok: false; readonly why: string };

async function readDocument(path: string): Promise<Read> {
  try {
    // A link that took its place meanwhile is not followed; a pipe does not keep anybody waiting.
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const before = await handle.stat();
      if (!before.isFile()) return { ok: false, why: 'it is not a regular file' };
      if (before.size > fileLimits.bytesOfFile)
        return { ok: false, why: `it has ${before.size} bytes; at most ${fileLimits.bytesOfFile} are read` };
      const buffer = Buffer.alloc(before.size);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      const after = await handle.stat();
      if (length !== after.size || before.mtimeMs !== after.mtimeMs)
        return { ok: false, why: 'it changed while it was read' };
      return parse(buffer);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { ok: false, why: `it cannot be read (${code})` };
  }
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

/**
 * `*` stands for characters within a name, `**` for any number of folders. It runs in linear time, because the release that brings
 * it may be hostile.
 */
function compileGlob(glob: string): { test(path: string): boolean } {
  const parts = glob
    .split('/')
    .map((part) =>
      part === '**'
        ? '(?:[^/]+/)*'
        : `${part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}/`,
    );
  return compilePattern(`^${parts.join('').replace(/\/$/, '')}$`);
}
