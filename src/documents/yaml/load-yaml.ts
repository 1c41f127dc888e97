// Loads the YAML library when a text needs it: its 70 files take half the time of a short command.
import { createRequire } from 'node:module';
import type {
  Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  parseDocument,
  Parser,
  stringify,
} from 'yaml';

const load = createRequire(import.meta.url);

interface Yaml {
  readonly isAlias: typeof isAlias;
  readonly isCollection: typeof isCollection;
  readonly isMap: typeof isMap;
  readonly isNode: typeof isNode;
  readonly isPair: typeof isPair;
  readonly isScalar: typeof isScalar;
  readonly isSeq: typeof isSeq;
  readonly Lexer: typeof Lexer;
  readonly Parser: typeof Parser;
  readonly parseDocument: typeof parseDocument;
  readonly stringify: typeof stringify;
}

export function loadYaml(): Yaml {
  const yaml: Yaml = load('yaml');
  return yaml;
}

/** Levels of nesting, the limit of all documents. */
export const maxDepth = 64;

/**
 * Parses text without judging it; `document.errors` lists what is not YAML. `undefined` when it is nested deeper than
 * any document may be.
 */
export function parseUnjudged(text: string, schema: 'core' | 'failsafe'): Document | undefined {
  // The library composes by recursion. A text that fills the stack can end the process.
  if (isTooDeep(text)) return undefined;
  // Comparing keys, and showing errors with their line, take forever when there are many.
  return loadYaml().parseDocument(text, {
    schema,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
}

function isTooDeep(text: string): boolean {
  const { Lexer, Parser } = loadYaml();
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    Array.from(parser.next(lexeme));
    // Every level is two entries of the stack: the collection and the value in it.
    if (parser.stack.length > maxDepth * 2 + 4) return true;
  }
  return false;
}
