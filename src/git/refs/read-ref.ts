// Reads a ref's current value straight from git's files: the loose ref, then packed-refs. Caches only packed-refs,
// while the file is unchanged.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../kernel/errno.ts';
import { StkError } from '../../kernel/errors.ts';
import { quote } from '../process/git-failure.ts';

const idPattern = /^[0-9a-f]{40}$/;
const deepestSymbolicRef = 5;

export type RefReader = (ref: string) => Promise<string | undefined>;

/** A function that returns the id of a full ref name, or `undefined` when the ref does not exist. Throws `git-corrupt`. */
export function createRefReader(commonDirectory: string): RefReader {
  let packed: { readonly stamp: string; readonly refs: ReadonlyMap<string, string> } | undefined;

  async function readPacked(): Promise<ReadonlyMap<string, string>> {
    const path = join(commonDirectory, 'packed-refs');
    const found = await unlessAbsent(stat(path, { bigint: true }));
    if (found === undefined) return new Map();
    // git replaces the file, so an equal inode, size and time mean equal content.
    const stamp = `${found.ino}.${found.size}.${found.mtimeNs}.${found.ctimeNs}`;
    if (packed?.stamp === stamp) return packed.refs;
    const refs = parsePackedRefs((await unlessAbsent(readFile(path, 'utf8'))) ?? '');
    packed = { stamp, refs };
    return refs;
  }

  async function readLoose(ref: string): Promise<string | undefined> {
    const text = await unlessAbsent(readFile(join(commonDirectory, ref), 'utf8'));
    return text?.trim();
  }

  async function read(ref: string, depth: number): Promise<string | undefined> {
    const value = (await readLoose(ref)) ?? (await readPacked()).get(ref) ?? (await readLoose(ref));
    if (value === undefined) return undefined;
    if (idPattern.test(value)) return value;
    const target = /^ref: (refs\/\S+)$/.exec(value)?.[1];
    if (target !== undefined && depth < deepestSymbolicRef) return read(target, depth + 1);
    throw new StkError(
      'git-corrupt',
      `The ref ${ref} contains ${JSON.stringify(value.slice(0, 80))}, which is not a commit id.`,
      {
        hint: `See what it should be: git -C ${quote(commonDirectory)} reflog show ${quote(ref)}`,
        details: { ref },
      },
    );
  }

  return (ref) => read(ref, 0);
}

function parsePackedRefs(text: string): Map<string, string> {
  const refs = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (idPattern.test(line.slice(0, 40)) && line[40] === ' ')
      refs.set(line.slice(41).trimEnd(), line.slice(0, 40));
  }
  return refs;
}

/** `undefined` instead of the failure when the file does not exist. */
export async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}
