// The YAML library's parser, with the limits that every document has.
import { type Document, Lexer, parseDocument, Parser } from 'yaml';

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
  return parseDocument(text, {
    schema,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
}

function isTooDeep(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    Array.from(parser.next(lexeme));
    // Every level is two entries of the stack: the collection and the value in it.
    if (parser.stack.length > maxDepth * 2 + 4) return true;
  }
  return false;
}
