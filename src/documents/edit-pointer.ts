// Reads and changes a pointer file's text key by key without touching the rest of it. parse-pointer.ts decides whether
// the whole document is a valid pointer.
import { isDeepStrictEqual } from 'node:util';
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  type Pair,
  type Scalar,
  stringify,
} from 'yaml';
import { isId } from '../kernel/ids.ts';
import { parseUnjudged } from './yaml/load-yaml.ts';
import { type Hold, type Hotfix, maxPointerBytes, type Override } from '../model/pointer.ts';
import {
  describePointerKeys,
  isPlainTree,
  pointerKeyNames,
  type PointerKeys,
  present,
  readPointerKeys,
  renderPointerKeys,
} from './pointer-keys.ts';

const header = '# yaml-language-server: $schema=../schemas/pointer.json\n';

// Nearly every pointer looks like this: comments, and one plain id that starts with a letter, so it is no number.
// History scans read thousands of these, and YAML takes a hundred times as long.
const oneLine = /^(?:#[^\r\n]*\r?\n)*release: {1,4}([A-Za-z][A-Za-z0-9._-]*)\r?\n?$/;

/** The new content of a pointer. An absent key stays as it is; null removes it. */
export interface PointerEdit {
  readonly release: string;
  readonly hold?: Hold | null;
  readonly hotfix?: Hotfix | null;
  readonly override?: Override | null;
}

/** The release id that the text names; `undefined` when it names no valid id. */
export function readPointerRelease(text: string): string | undefined {
  const plain = oneLine.exec(text)?.[1];
  if (plain !== undefined && isPlain(plain)) return plain;
  const scalar = releaseScalar(read(text));
  return typeof scalar?.value === 'string' && isId(scalar.value) ? scalar.value : undefined;
}

/** `text` with the change, the rest byte for byte unchanged; a new file when `text` is absent or no valid pointer. */
export function editPointer(text: string | undefined, change: PointerEdit): string {
  const { release } = change;
  const isReleaseAlone = pointerKeyNames.every((name) => change[name] === undefined || change[name] === null);
  if (text !== undefined && isReleaseAlone && isPlain(release) && oneLine.test(text))
    return text.replace(/^(release: +)[A-Za-z0-9._-]+/m, `$1${release}`);
  const document = text === undefined ? undefined : read(text);
  const before = text === undefined || document === undefined ? undefined : readKeys(text, document);
  const { hold = before?.hold, hotfix = before?.hotfix, override = before?.override } = change;
  const after = present({ hold, hotfix, override });
  const fresh = `${header}release: ${asYaml(release, '')}\n${[...renderPointerKeys(after).values()].join('')}`;
  if (text === undefined || document === undefined || before === undefined) return fresh;
  const edited = editText(text, document, change, after) ?? editDocument(document, release, after);
  const reread = read(edited);
  const isMeant = reread !== undefined && isDeepStrictEqual(readKeys(edited, reread), after);
  return isMeant && readPointerRelease(edited) === release ? edited : fresh;
}

/** `undefined` when the result would not be a valid pointer. Keys that parse-pointer.ts refuses are not worth keeping. */
function readKeys(text: string, document: Document): PointerKeys | undefined {
  if (/^\uFEFF|\0|^%/m.test(text) || releaseScalar(document) === undefined) return undefined;
  return isPlainTree(document.contents) ? readPointerKeys(document) : undefined;
}

/** Edits line by line. `undefined` when the text is in flow style and more than the release changes. */
function editText(
  text: string,
  document: Document,
  change: PointerEdit,
  after: PointerKeys,
): string | undefined {
  const range = releaseScalar(document)?.range;
  if (!isMap(document.contents) || range === null || range === undefined) return undefined;
  const edits = [{ start: range[0], end: range[1], text: asYaml(change.release, text.charAt(range[0])) }];
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const rendered = renderPointerKeys(after);
  let appended = '';
  for (const name of pointerKeyNames) {
    const pair = document.contents.items.find(({ key }) => isScalar(key) && key.value === name);
    if (change[name] === undefined || (change[name] === null && pair === undefined)) continue;
    if (document.contents.flow === true || /^(\.\.\.|---)/m.test(text)) return undefined;
    const written = (rendered.get(name) ?? '').replaceAll('\n', lineEnd);
    if (pair === undefined) appended += written;
    else edits.push({ ...spanOf(pair, text), text: written });
  }
  const edited = edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((before, edit) => before.slice(0, edit.start) + edit.text + before.slice(edit.end), text);
  return appended === '' || edited.endsWith('\n') ? edited + appended : edited + lineEnd + appended;
}

/** From the start of the key's line to the end of the line where the value ends. */
function spanOf(pair: Pair, text: string): { start: number; end: number } {
  const at = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
  const last = endOf(pair.value) ?? at;
  const newline = text.indexOf('\n', Math.max(at, last - 1));
  return { start: text.lastIndexOf('\n', at) + 1, end: newline < 0 ? text.length : newline + 1 };
}

/** Where the text of a value ends, without the comments after it. */
function endOf(node: unknown): number | undefined {
  if (isPair(node)) return endOf(node.value) ?? endOf(node.key);
  if (isCollection(node) && node.flow !== true) return endOf(node.items.at(-1));
  return isNode(node) ? (node.range?.[1] ?? undefined) : undefined;
}

/** As the library writes it: it keeps comments, but perhaps not the layout. */
function editDocument(document: Document, release: string, keys: PointerKeys): string {
  for (const name of pointerKeyNames) document.delete(name);
  document.set('release', release);
  for (const [name, value] of Object.entries(describePointerKeys(keys)))
    document.set(name, document.createNode(value));
  return document.toString({ lineWidth: 0 });
}

/** Whether YAML reads the unquoted text as this text. */
function isPlain(release: string): boolean {
  return /^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(release) && !/^(null|true|false)$/i.test(release);
}

/** With the quotes that were there, or with those that YAML needs to read it as text (`1.10`, `null`). */
function asYaml(release: string, quote: string): string {
  if (quote === '"' || quote === "'") return `${quote}${release}${quote}`;
  if (isPlain(release)) return release;
  return stringify(release).trimEnd();
}

/** `undefined` when the text is not YAML, or larger than any pointer. */
function read(text: string): Document | undefined {
  if (Buffer.byteLength(text) > maxPointerBytes) return undefined;
  const document = parseUnjudged(text, 'core');
  return document === undefined || document.errors.length > 0 ? undefined : document;
}

function releaseScalar(document: Document | undefined): Scalar | undefined {
  if (!isMap(document?.contents)) return undefined;
  const [pair, second] = document.contents.items.filter(
    ({ key }) => isScalar(key) && key.value === 'release',
  );
  const node = pair?.value;
  if (second !== undefined || !isScalar(node)) return undefined;
  return typeof node.source === 'string' && node.source !== '' ? node : undefined;
}
