// The last-known-good of each environment on disk: what is needed to serve it again when git or the database is
// unreachable. Written completely or not at all (temporary file, fsync, rename, fsync of the folder), with a checksum;
// a damaged record is reported, never served. It never contains secrets.
import { createHash } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { EnvironmentSettings, Limits } from '../../model/project.ts';
import { readJson } from '../../kernel/read-json.ts';

export interface LastKnownGood {
  readonly environment: string;
  readonly release: string;
  /** Of the release file's bytes. */
  readonly digest: string;
  readonly blob: string;
  readonly revision: string;
  readonly text: string;
  readonly settings: EnvironmentSettings;
  readonly limits: Limits;
}

/** The stk.yaml that was last in force. */
export interface LastProject {
  readonly blob: string;
  readonly revision: string;
  readonly text: string;
}

export type Recorded<T> =
  | { readonly kind: 'found'; readonly record: T }
  | { readonly kind: 'absent' }
  /** Truncated, altered or unreadable. */
  | { readonly kind: 'corrupt'; readonly message: string };

const format = 'stk-last-known-good-1';

export class LastKnownGoodStore {
  readonly #directory: string;

  /** `directory`: in the state directory; created on first write. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Rejects with the file system's error, such as a full disk. */
  async write(record: LastKnownGood): Promise<void> {
    await this.#write(environmentFile(record.environment), record);
  }

  async read(environment: string): Promise<Recorded<LastKnownGood>> {
    return this.#read(environmentFile(environment), isLastKnownGood);
  }

  async writeProject(record: LastProject): Promise<void> {
    await this.#write('project.json', record);
  }

  async readProject(): Promise<Recorded<LastProject>> {
    return this.#read('project.json', isLastProject);
  }

  async #write(file: string, body: object): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const text = JSON.stringify(body);
    const whole = `${JSON.stringify({ format, sha256: sha256(text) })}\n${text}\n`;
    await writeFileAtomic(join(this.#directory, file), whole, { mode: 0o600 });
    const folder = await open(this.#directory, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async #read<T>(file: string, isRecord: (value: unknown) => value is T): Promise<Recorded<T>> {
    const path = join(this.#directory, file);
    let whole: string;
    try {
      whole = await readFile(path, 'utf8');
    } catch (error) {
      if (isAbsent(error)) return { kind: 'absent' };
      return { kind: 'corrupt', message: `${path} cannot be read: ${String(error)}` };
    }
    const [head = '', text = ''] = whole.split('\n');
    if (head !== JSON.stringify({ format, sha256: sha256(text) })) {
      return { kind: 'corrupt', message: `${path} does not match its checksum; it is not served` };
    }
    const record = readJson(text);
    if (!isRecord(record))
      return { kind: 'corrupt', message: `${path} is not of this version; it is not served` };
    return { kind: 'found', record };
  }
}

function environmentFile(environment: string): string {
  return `environment-${environment}.json`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function isAbsent(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}

function hasTexts(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  return names.every((name) => typeof members.get(name) === 'string');
}

/** The checksum proves that stk wrote it; the shape is checked for later versions. */
function isLastKnownGood(value: unknown): value is LastKnownGood {
  return (
    hasTexts(value, ['environment', 'release', 'digest', 'blob', 'revision', 'text']) &&
    isObject(value['settings']) &&
    isObject(value['limits'])
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isLastProject(value: unknown): value is LastProject {
  return hasTexts(value, ['blob', 'revision', 'text']);
}
