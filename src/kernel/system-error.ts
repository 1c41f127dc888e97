// Explains the operating system's refusal of a call, and what to do about it.
import { errnoOf } from './errno.ts';

interface Meaning {
  readonly what: string;
  /** `place`: the path, quoted for a shell, or `.`. */
  hint(place: string): string;
}

const owner = (place: string): string =>
  `See its owner and mode (ls -ld ${place}), and run this as a user with the permission.`;
const room = (place: string): string => `Free space there (df -h ${place}), then run this again.`;
const files = (): string => 'Close other programs, or raise the limit (ulimit -n), then run this again.';

const meanings: Readonly<Record<string, Meaning>> = {
  EACCES: { what: 'permission is denied', hint: owner },
  EPERM: { what: 'the operation is not permitted', hint: owner },
  EROFS: {
    what: 'the file system is read-only',
    hint: (place) => `Mount it for writing (findmnt --target ${place}), or work in another folder.`,
  },
  EISDIR: {
    what: 'it is a folder where a file is needed',
    hint: (place) => `Move the folder away (ls -ld ${place}), or name a file.`,
  },
  ENOTDIR: {
    what: 'a part of the path is a file, not a folder',
    hint: (place) => `Correct the path, or move that file away: ${place}`,
  },
  ENOENT: { what: 'there is no such file or folder', hint: (place) => `Correct the path: ${place}` },
  ELOOP: {
    what: 'its symbolic links lead in a circle',
    hint: (place) => `Correct the links: ls -l ${place}`,
  },
  ENOSPC: { what: 'no space is left on the device', hint: room },
  EDQUOT: { what: 'the disk quota is used up', hint: room },
  EMFILE: { what: 'this process has too many files open', hint: files },
  ENFILE: { what: 'the system has too many files open', hint: files },
  EIO: {
    what: 'the device reports an input or output error',
    hint: () => 'See the log of the system (dmesg); the disk may be failing.',
  },
};

/** `undefined` when it is not such a refusal, or an unknown one. */
export function explainSystemError(
  thrown: unknown,
): { readonly message: string; readonly hint: string } | undefined {
  const code = errnoOf(thrown);
  const meaning = code === undefined ? undefined : meanings[code];
  if (code === undefined || meaning === undefined || typeof thrown !== 'object' || thrown === null)
    return undefined;
  // A library's own code with that name has no number.
  if (!('errno' in thrown)) return undefined;
  const path = 'path' in thrown && typeof thrown.path === 'string' ? thrown.path : undefined;
  const call = 'syscall' in thrown && typeof thrown.syscall === 'string' ? `, ${thrown.syscall}` : '';
  const subject = path === undefined ? '' : `${path}: `;
  return {
    message: `${subject}${meaning.what} (${code}${call})`,
    hint: meaning.hint(path === undefined ? '.' : quoted(path)),
  };
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
