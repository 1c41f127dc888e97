// Reads and changes the `release:` of a pointer file's text without touching the rest of it. Whether the whole
// document is a valid pointer is not judged here: parse-pointer.ts does that.
import type { Document, Scalar } from 'yaml';
import { isId } from '../kernel/ids.ts';
import { loadYaml, parseUnjudged } from './yaml/load-yaml.ts';
import { maxPointerBytes } from '../model/pointer.ts';

const header = '# yaml-language-server: $schema=../schemas/pointer.json\n';

// What nearly every pointer looks like: comments and one plain id that starts with a letter, so no number. History
// scans read thousands of these, and YAML takes a hundred times as long.
const oneLine = /^(?:#[^\r\n]*\r?\n)*release: {1,4}([A-Za-z][A-Za-z0-9._-]*)\r?\n?$/;

/** The release id that the text names; undefined when it names none that is an id. */
export function readPointerRelease(text: string): string | undefined {
  const plain = oneLine.exec(text)?.[1];
  if (plain !== undefined && isPlain(plain)) return plain;
  const scalar = releaseScalar(read(text));
  return typeof scalar?.value === 'string' && isId(scalar.value) ? scalar.value : undefined;
}

/** `text` naming `release`, the rest byte for byte as it was; a new file when `text` is absent or no valid pointer. */
export function editPointerRelease(text: string | undefined, release: string): string {
  const fresh = `${header}release: ${asYaml(release, '')}\n`;
  if (text === undefined) return fresh;
  const plain = isPlain(release) ? oneLine.exec(text)?.[1] : undefined;
  if (plain !== undefined) return text.replace(/^(release: +)[A-Za-z0-9._-]+/m, `$1${release}`);
  const document = read(text);
  const scalar = releaseScalar(document);
  const range = scalar?.range;
  if (scalar === undefined || !isSound(text, document, scalar) || range === null || range === undefined)
    return fresh;
  const [start, end] = range;
  const edited = text.slice(0, start) + asYaml(release, text.slice(start, start + 1)) + text.slice(end);
  return readPointerRelease(edited) === release ? edited : fresh;
}

/** Whether it may stand in YAML as it is and is then read as this text. */
function isPlain(release: string): boolean {
  return /^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(release) && !/^(null|true|false)$/i.test(release);
}

/** With the quotes that stood there, or with those that YAML needs to read it as text (`1.10`, `null`). */
function asYaml(release: string, quote: string): string {
  if (quote === '"' || quote === "'") return `${quote}${release}${quote}`;
  if (isPlain(release)) return release;
  return loadYaml().stringify(release).trimEnd();
}

/** Undefined where it is no YAML, or more than any pointer is. */
function read(text: string): Document | undefined {
  if (Buffer.byteLength(text) > maxPointerBytes) return undefined;
  const document = parseUnjudged(text, 'core');
  return document === undefined || document.errors.length > 0 ? undefined : document;
}

function releaseScalar(document: Document | undefined): Scalar | undefined {
  const { isMap, isScalar } = loadYaml();
  if (!isMap(document?.contents)) return undefined;
  const [pair, second] = document.contents.items.filter(
    ({ key }) => isScalar(key) && key.value === 'release',
  );
  const node = pair?.value;
  if (second !== undefined || !isScalar(node)) return undefined;
  return typeof node.source === 'string' && node.source !== '' ? node : undefined;
}

/** Whether it would be a pointer with another release: what parse-pointer.ts refuses is not worth keeping. */
function isSound(text: string, document: Document | undefined, scalar: Scalar): boolean {
  const { isMap, isScalar } = loadYaml();
  if (/^\uFEFF|\0|^%/m.test(text) || !isMap(document?.contents)) return false;
  const { contents } = document;
  const [key] = contents.items.map((item) => item.key);
  const nodes = [contents, scalar, isScalar(key) ? key : undefined];
  return contents.items.length === 1 && nodes.every((node) => !node?.anchor && !node?.tag);
}
