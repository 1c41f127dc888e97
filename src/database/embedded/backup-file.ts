// The file of a backup of an embedded database: one line of JSON that describes it, the files of the data directory in
// one gzip stream, and the SHA-256 of both. A truncated or altered file is refused before anything is restored from it.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { StkError } from '../../kernel/errors.ts';

export const backupFormat = 1;

export interface BackupHeader {
  readonly stk: 'embedded-backup';
  readonly format: number;
  readonly project: string;
  /** The environments in the database. */
  readonly environments: readonly string[];
  /** RFC 3339. */
  readonly at: string;
  /** From the data directory: PG_VERSION. */
  readonly postgres: string;
}

/** `\nsha256 <64 hexadecimal digits>\n` */
const trailerBytes = 73;
const maxHeader = 1024 * 1024;
const chunkBytes = 1024 * 1024;

export interface WrittenBackup {
  readonly bytes: number;
  readonly sha256: string;
  readonly files: number;
}

/** Writes a temporary file first. The directory must not change meanwhile. Throws `usage` when `path` exists. */
export async function writeBackupFile(
  path: string,
  { directory, header }: { readonly directory: string; readonly header: BackupHeader },
): Promise<WrittenBackup> {
  const part = `${path}.part-${process.pid}`;
  const target = await open(part, 'wx', 0o600).catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
  const hash = createHash('sha256');
  let bytes = 0;
  const put = async (chunk: Buffer): Promise<void> => {
    hash.update(chunk);
    bytes += chunk.length;
    await target.write(chunk);
  };
  let files = 0;
  try {
    await put(Buffer.from(`${JSON.stringify(header)}\n`));
    const gzip = createGzip({ level: 6 });
    const archive = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of readDirectory(directory)) {
        if (chunk.isFile) files += 1;
        yield chunk.bytes;
      }
      yield Buffer.from(`${JSON.stringify({ end: files })}\n`);
    };
    await pipeline(archive, gzip, async function store(source: AsyncIterable<Buffer>) {
      for await (const chunk of source) await put(chunk);
    });
    const sha256 = hash.digest('hex');
    await target.write(`\nsha256 ${sha256}\n`);
    await target.sync();
    await target.close();
    await rename(part, path);
    return { bytes: bytes + trailerBytes, sha256, files };
  } catch (error) {
    await target.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error instanceof StkError ? error : cannotWrite(path, error);
  }
}

function cannotWrite(path: string, cause: unknown): StkError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StkError('usage', `${path} cannot be written: ${why}`, { cause });
}

/** Each file: a line of JSON, then its bytes. */
async function* readDirectory(
  root: string,
  below = '',
): AsyncGenerator<{ readonly bytes: Buffer; readonly isFile: boolean }> {
  for (const entry of (await readdir(join(root, below), { withFileTypes: true })).toSorted(byName)) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      yield { bytes: Buffer.from(`${JSON.stringify({ folder: path })}\n`), isFile: false };
      yield* readDirectory(root, path);
    } else if (entry.isFile()) {
      const handle = await open(join(root, path));
      try {
        const { size } = await handle.stat();
        yield { bytes: Buffer.from(`${JSON.stringify({ file: path, size })}\n`), isFile: true };
        for (let left = size; left > 0;) {
          const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(left, chunkBytes)));
          if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`);
          left -= bytesRead;
          yield { bytes: buffer.subarray(0, bytesRead), isFile: false };
        }
      } finally {
        await handle.close();
      }
    }
  }
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/**
 * Reads all of it and compares the checksum. Throws `usage` when it is not a backup, truncated, altered or of a newer
 * format.
 */
export async function openBackupFile(path: string): Promise<BackupHeader> {
  const refuse = (why: string): StkError =>
    new StkError('usage', `${path} ${why}`, { hint: 'Take another backup; nothing was changed.' });
  const { size } = await lstat(path).catch((error: unknown) => {
    throw refuse(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (size <= trailerBytes) throw refuse('is not a backup: it is too short');
  const hash = createHash('sha256');
  const head: Buffer[] = [];
  let headBytes = 0;
  for await (const chunk of createReadStream(path, {
    end: size - trailerBytes - 1,
  }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    if (headBytes < maxHeader) head.push(chunk);
    headBytes += chunk.length;
  }
  const trailer = await readAll(createReadStream(path, { start: size - trailerBytes }));
  const header = parseHeader(Buffer.concat(head).toString('utf8').split('\n')[0] ?? '');
  if (header === undefined) throw refuse('is not a backup of an embedded database');
  if (header.format > backupFormat)
    throw refuse(`has the format ${header.format}; this stk reads formats up to ${backupFormat}`);
  if (trailer !== `\nsha256 ${hash.digest('hex')}\n`)
    throw refuse('was truncated or altered: its checksum does not match');
  return header;
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parseHeader(line: string): BackupHeader | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('stk' in value) || value.stk !== 'embedded-backup')
    return undefined;
  const text = (key: string): string => {
    const member: unknown = new Map<string, unknown>(Object.entries(value)).get(key);
    return typeof member === 'string' ? member : '';
  };
  const format = 'format' in value && typeof value.format === 'number' ? value.format : Infinity;
  const environments =
    'environments' in value && Array.isArray(value.environments) ? value.environments.map(String) : [];
  return {
    stk: 'embedded-backup',
    format,
    project: text('project'),
    environments,
    at: text('at'),
    postgres: text('postgres'),
  };
}

/** Unpacks a file that `openBackupFile` accepted into a new folder, and syncs it to disk. */
export async function extractBackupFile(path: string, directory: string): Promise<void> {
  const { size } = await lstat(path);
  const header = createReadStream(path, { end: maxHeader });
  let start = 0;
  for await (const chunk of header as AsyncIterable<Buffer>) {
    const end = chunk.indexOf(0x0a);
    start += end < 0 ? chunk.length : end + 1;
    if (end >= 0) break;
  }
  await mkdir(directory, { mode: 0o700 });
  const unpacked = new PassThrough();
  const source = createReadStream(path, { start, end: size - trailerBytes - 1 });
  const [done] = await Promise.all([unpack(unpacked, directory), pipeline(source, createGunzip(), unpacked)]);
  if (!done) throw new StkError('usage', `${path} ends before its last file.`);
}

/** Whether the end of the archive was reached. */
async function unpack(source: AsyncIterable<Buffer>, directory: string): Promise<boolean> {
  let pending: Buffer = Buffer.alloc(0);
  let file: { readonly handle: FileHandle; left: number } | undefined;
  let isDone = false;
  for await (const chunk of source) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length > 0) {
      if (file !== undefined) {
        const taken = pending.subarray(0, file.left);
        await file.handle.write(taken);
        file.left -= taken.length;
        pending = pending.subarray(taken.length);
      } else {
        const end = pending.indexOf(0x0a);
        if (end < 0) break;
        const entry: unknown = JSON.parse(pending.subarray(0, end).toString('utf8'));
        pending = pending.subarray(end + 1);
        file = await openEntry(entry, directory);
        isDone ||= typeof entry === 'object' && entry !== null && 'end' in entry;
      }
      if (file?.left === 0) {
        await file.handle.sync();
        await file.handle.close();
        file = undefined;
      }
    }
  }
  return isDone && file === undefined;
}

async function openEntry(
  entry: unknown,
  directory: string,
): Promise<{ handle: FileHandle; left: number } | undefined> {
  if (typeof entry !== 'object' || entry === null) throw new Error('an entry of the backup is not valid');
  if ('folder' in entry && typeof entry.folder === 'string') {
    await mkdir(placeOf(directory, entry.folder), { recursive: true, mode: 0o700 });
    return undefined;
  }
  if (
    !('file' in entry) ||
    typeof entry.file !== 'string' ||
    !('size' in entry) ||
    typeof entry.size !== 'number'
  )
    return undefined;
  const path = placeOf(directory, entry.file);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return { handle: await open(path, 'wx', 0o600), left: entry.size };
}

/** No file of a backup is written outside its folder. */
function placeOf(directory: string, path: string): string {
  const steps = path.split('/');
  if (path.startsWith('/') || path.includes('\\') || steps.includes('..') || steps.includes('')) {
    throw new StkError(
      'usage',
      `the backup names the path ${JSON.stringify(path)}, which leads outside its folder`,
    );
  }
  return join(directory, path);
}
