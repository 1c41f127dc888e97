// Reads git commit objects from bytes: parents, people, time, subject and trailers, as git itself reads them. A hostile
// commit gives odd text, but only ever a RangeError.
import type { CommitInfo } from '../config-repo.ts';

export interface ParsedCommit extends CommitInfo {
  readonly tree: string;
}

const subjectLimit = 1_000;
/** The last second that RFC 3339 can express: 9999-12-31T23:59:59Z. */
const lastSecond = 253_402_300_799;

/** Throws RangeError when the bytes are not a commit. */
export function parseCommit(revision: string, bytes: Buffer): ParsedCommit {
  const headerEnd = bytes.indexOf('\n\n');
  const header = bytes.toString('utf8', 0, headerEnd === -1 ? bytes.length : headerEnd);
  const parents: string[] = [];
  let tree: string | undefined;
  let author = '';
  let committer = '';
  let encoding = 'utf-8';
  let isSigned = false;
  for (const line of header.split('\n')) {
    const blank = line.indexOf(' ');
    const value = line.slice(blank + 1);
    switch (line.slice(0, blank)) {
      case 'tree':
        tree ??= value;
        break;
      case 'parent':
        parents.push(value);
        break;
      case 'author':
        author = value;
        break;
      case 'committer':
        committer = value;
        break;
      case 'encoding':
        encoding = value.toLowerCase();
        break;
      case 'gpgsig':
      case 'gpgsig-sha256':
        isSigned = true;
        break;
      default:
    }
  }
  if (tree === undefined || !/^[0-9a-f]{40}$/.test(tree)) throw new RangeError('a commit without a tree');
  const body = headerEnd === -1 ? Buffer.alloc(0) : bytes.subarray(headerEnd + 2);
  const message = body.toString(/^(iso-?8859-1|latin-?1)$/.test(encoding) ? 'latin1' : 'utf8');
  return {
    revision,
    tree,
    parents,
    by: personOf(author),
    mail: mailOf(author),
    coAuthors: coAuthorsOf(message),
    isSigned,
    at: timeOf(committer),
    subject: subjectOf(message),
    trailers: parseTrailers(message),
  };
}

function personOf(line: string): string {
  const end = line.lastIndexOf('>');
  return (end === -1 ? line : line.slice(0, end + 1)).trim();
}

function mailOf(person: string): string {
  return /<([^<>]*)>[^<>]*$/.exec(person)?.[1]?.trim() ?? '';
}

// From all lines, not only trailers: more authors never weaken a rule.
function coAuthorsOf(message: string): string[] {
  const lines = message.matchAll(/^[ \t]*co-authored-by[ \t]*:([^\r\n]*)/gim);
  return [...lines].map(([, person = '']) => mailOf(person)).filter((mail) => mail !== '');
}

function timeOf(line: string): string {
  const seconds = Number(/> (-?\d{1,15}) [+-]\d+$/.exec(line)?.[1] ?? '0');
  const clamped = Math.min(Math.max(seconds, 0), lastSecond);
  return new Date(clamped * 1000).toISOString().replace('.000Z', 'Z');
}

function subjectOf(message: string): string {
  const firstParagraph = message.replace(/^\s*\n/, '').split(/\n[ \t]*\n/, 1)[0] ?? '';
  return firstParagraph
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim()
    .slice(0, subjectLimit);
}

/**
 * The trailers of a message by git's rule: they are in the last paragraph, which is not the first. Either every line of
 * it is a trailer, or one was made by git and at least a quarter are trailers. The last one of a name wins.
 */
export function parseTrailers(message: string): ReadonlyMap<string, string> {
  const paragraphs = message
    .replace(/^\s*\n/, '')
    .trimEnd()
    .split(/\n(?:[ \t]*\n)+/);
  const trailers = new Map<string, string>();
  const block = paragraphs.length < 2 ? undefined : paragraphs.at(-1);
  if (block === undefined) return trailers;
  let trailerLines = 0;
  let otherLines = 0;
  let isGitMade = false;
  let last: string | undefined;
  for (const line of block.split('\n')) {
    const trailer = /^([A-Za-z0-9-]+)[ \t]*:(.*)$/.exec(line);
    if (/^(Signed-off-by: |\(cherry picked from commit )/.test(line)) isGitMade = true;
    if (/^[ \t]/.test(line)) {
      if (last === undefined) otherLines += 1;
      else trailers.set(last, `${trailers.get(last) ?? ''} ${line.trim()}`.trim());
    } else if (trailer?.[1] === undefined) {
      last = undefined;
      if (line.startsWith('(cherry picked from commit ')) trailerLines += 1;
      else otherLines += 1;
    } else {
      trailerLines += 1;
      last = trailer[1];
      trailers.set(last, (trailer[2] ?? '').trim());
    }
  }
  const isTrailerBlock = otherLines === 0 || (isGitMade && trailerLines * 3 >= otherLines);
  return isTrailerBlock ? trailers : new Map();
}
