// Reads YAML text of unknown origin into the tree of document-tree.ts, within limits on size, depth and number of
// nodes. It does not judge what the members mean.
import {
  Composer,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type LineCounter,
  Parser,
  type Document,
  type Node,
  type Scalar,
} from 'yaml';
import { maxDepth } from './load-yaml.ts';
import { pointerTo, type TreeNode, type TreeScalar } from './document-tree.ts';
import type { ProblemList } from './problem-list.ts';

export const maxNodes = 400_000;

export interface TreeReading {
  readonly maxBytes: number;
  readonly problems: ProblemList;
  readonly lines: LineCounter;
}

/** Reads one YAML document. `undefined` when it could not be read; `problems` then explains why. */
export function readTree(text: string, reading: TreeReading): TreeNode | undefined {
  const { maxBytes, problems, lines } = reading;
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    problems.add(0, '', `the file has ${bytes} bytes; at most ${maxBytes} are read`);
    return undefined;
  }
  if (text.startsWith('\uFEFF')) {
    problems.add(0, '', 'the file starts with a byte order mark: save it as UTF-8 without one');
    return undefined;
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    markLines(text, lines);
    problems.add(nul, '', 'the file contains a NUL character: it is not text');
    return undefined;
  }
  const document = compose(text, reading);
  if (document === undefined) return undefined;
  if (document.contents === null) {
    problems.add(0, '', 'the file is empty: expected a mapping');
    return undefined;
  }
  return new TreeBuilder(reading).build(document.contents, '', 1);
}

function markLines(text: string, lines: LineCounter): void {
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
}

/** Lexes, parses and composes step by step, so that it stops as soon as a hostile text passes a limit. */
function compose(text: string, { problems, lines }: TreeReading): Document | undefined {
  const lexer = new Lexer();
  const parser = new Parser(lines.addNewLine);
  const composer = new Composer({
    schema: 'core',
    uniqueKeys: false,
    intAsBigInt: true,
    keepSourceTokens: false,
    logLevel: 'silent',
  });
  const documents: Document[] = [];
  let lexemes = 0;
  lines.addNewLine(0);
  const tokens = function* () {
    for (const lexeme of lexer.lex(text)) {
      lexemes += 1;
      if (lexemes > maxNodes * 8)
        throw new LimitPassed(parser.offset, `the file has more than ${maxNodes} values`);
      // Every level is two entries of the stack: the collection and the value in it.
      if (parser.stack.length > maxDepth * 2 + 4)
        throw new LimitPassed(parser.offset, `nested deeper than ${maxDepth} levels`);
      yield* parser.next(lexeme);
    }
    yield* parser.end();
  };
  try {
    for (const token of tokens()) {
      if (token.type === 'directive')
        throw new LimitPassed(token.offset, 'YAML directives (%…) are not supported: the files are YAML 1.2');
      documents.push(...composer.next(token));
      if (documents.length > 1) break;
    }
    if (documents.length < 2) documents.push(...composer.end(true, text.length));
  } catch (error) {
    if (error instanceof LimitPassed) {
      problems.add(error.at, '', error.message);
      return undefined;
    }
    if (error instanceof RangeError) {
      problems.add(0, '', 'the file is nested too deeply to be read');
      return undefined;
    }
    throw error;
  }
  const [document, second] = documents;
  if (second !== undefined) {
    problems.add(
      second.range?.[0] ?? 0,
      '',
      'the file contains more than one YAML document (a second `---`): expected exactly one',
    );
    return undefined;
  }
  if (document === undefined) return undefined;
  for (const error of document.errors)
    problems.add(error.pos[0], '', `this is not YAML: ${error.message.split('\n')[0] ?? ''}`);
  return document.errors.length > 0 ? undefined : document;
}

class LimitPassed extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Turns YAML nodes into the tree and refuses nodes that these documents do not allow. */
class TreeBuilder {
  readonly #problems: ProblemList;
  #nodes = 0;

  constructor({ problems }: TreeReading) {
    this.#problems = problems;
  }

  build(node: unknown, pointer: string, depth: number, fallbackAt = 0): TreeNode {
    this.#nodes += 1;
    const at = isNode(node) ? (node.range?.[0] ?? fallbackAt) : fallbackAt;
    const nothing: TreeScalar = { kind: 'scalar', at, value: null, source: '' };
    if (this.#nodes > maxNodes) {
      if (this.#nodes === maxNodes + 1)
        this.#problems.add(at, pointer, `the file has more than ${maxNodes} values`);
      return nothing;
    }
    if (depth > maxDepth) {
      this.#problems.add(at, pointer, `nested deeper than ${maxDepth} levels`);
      return nothing;
    }
    if (isNode(node)) this.#refuseProperties(node, at, pointer);
    if (isScalar(node)) return this.#scalar(node, at, pointer);
    if (isSeq(node)) {
      return {
        kind: 'list',
        at,
        items: node.items.map((item, i) => this.build(item, pointerTo(pointer, i), depth + 1, at)),
      };
    }
    if (isMap(node)) {
      const entries = new Map<string, { keyAt: number; value: TreeNode }>();
      for (const { key, value } of node.items) {
        const keyAt = isNode(key) ? (key.range?.[0] ?? at) : at;
        const name = this.#key(key, keyAt, pointer);
        if (name === undefined) continue;
        if (entries.has(name)) {
          this.#problems.add(keyAt, pointerTo(pointer, name), `"${name}" occurs twice in this mapping`);
          continue;
        }
        entries.set(name, { keyAt, value: this.build(value, pointerTo(pointer, name), depth + 1, keyAt) });
      }
      return { kind: 'map', at, entries };
    }
    if (node !== null)
      this.#problems.add(at, pointer, 'aliases (*name) are not supported: write the value out');
    return nothing;
  }

  #refuseProperties(node: Node, at: number, pointer: string): void {
    if ('anchor' in node && typeof node.anchor === 'string') {
      this.#problems.add(at, pointer, `anchors (&${node.anchor}) are not supported: write the value out`);
    }
    if ('tag' in node && typeof node.tag === 'string' && node.tag !== '') {
      this.#problems.add(at, pointer, `tags (${node.tag}) are not supported; quote what is meant as text`);
    }
  }

  #key(key: unknown, at: number, pointer: string): string | undefined {
    if (!isScalar(key)) {
      this.#problems.add(at, pointer, 'a key must be text, not a collection or an alias');
      return undefined;
    }
    this.#refuseProperties(key, at, pointer);
    if (typeof key.value !== 'string') {
      this.#problems.add(
        at,
        pointer,
        `the key ${key.source ?? String(key.value)} is not text in YAML: write '${key.source ?? ''}' in quotes`,
      );
      return undefined;
    }
    if (key.value === '<<') {
      this.#problems.add(at, pointer, 'merge keys (<<) are not supported: write the members out');
      return undefined;
    }
    this.#checkText(key.value, at, pointer);
    return key.value;
  }

  #scalar(node: Scalar, at: number, pointer: string): TreeScalar {
    const { value } = node;
    const source = node.source ?? '';
    const scalar = (plain: string | number | boolean | null): TreeScalar => ({
      kind: 'scalar',
      at,
      value: plain,
      source,
    });
    if (typeof value === 'string') {
      this.#checkText(value, at, pointer);
      return scalar(value);
    }
    if (typeof value === 'boolean' || value === null) return scalar(value);
    const number = Number(value);
    // Only data is judged here. When text is expected, the schema's message recommends quotes.
    if (typeof value === 'bigint' && !Number.isSafeInteger(number)) {
      this.#problems.add(
        at,
        pointer,
        `${source} is too large to be kept exactly as a number: write it in quotes`,
      );
    } else if (!Number.isFinite(number)) {
      this.#problems.add(at, pointer, `${source} is not a number in JSON: write it in quotes`);
    } else if (/^[-+]?0[0-9]/.test(source)) {
      this.#problems.add(
        at,
        pointer,
        `${source} has a leading zero, which YAML 1.1 and 1.2 read differently: write ${number}, or quote it`,
      );
    }
    return scalar(number);
  }

  #checkText(text: string, at: number, pointer: string): void {
    if (text.includes('\0'))
      this.#problems.add(at, pointer, 'the text contains a NUL character, which PostgreSQL cannot store');
    if (/\p{Surrogate}/u.test(text))
      this.#problems.add(at, pointer, 'the text contains half of a surrogate pair: it is not valid Unicode');
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}
