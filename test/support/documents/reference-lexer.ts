// PostgreSQL's lexical rules written down a second time, slowly and by hand, as far as they decide what a `:name` is: to
// compare the product's lexer with. Follows the manual's section on lexical structure (standard_conforming_strings on).

/** A part of the text; `name` is set where it is a parameter. */
export interface Piece {
  readonly text: string;
  readonly name?: string;
}

const identifierStart = /[A-Za-z_\u0080-\u{10ffff}]/u;
const identifier = /^[A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_$\u0080-\u{10ffff}]*/u;
const operator = /^[-+*/<>=~!@#%^&|`?]+/;

/** Undefined: something is not closed. */
export function splitSql(sql: string): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  for (let at = 0; at < sql.length;) {
    const rest = sql.slice(at);
    const piece = readPiece(rest);
    if (piece === undefined) return undefined;
    pieces.push(piece);
    at += piece.text.length;
  }
  return pieces;
}

function readPiece(rest: string): Piece | undefined {
  if (rest.startsWith('--')) return { text: /^--[^\n\r]*/.exec(rest)?.[0] ?? '' };
  if (rest.startsWith('/*')) return readComment(rest);
  const dollar = /^\$(?:[A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_\u0080-\u{10ffff}]*)?\$/u.exec(rest)?.[0];
  if (dollar !== undefined) {
    const end = rest.indexOf(dollar, dollar.length);
    return end < 0 ? undefined : { text: rest.slice(0, end + dollar.length) };
  }
  const quoted = /^(?:[eE](?=')|[uU]&(?=['"])|[bBxXnN](?='))?(['"])/.exec(rest);
  if (quoted !== null) return readQuoted(rest, quoted[0]);
  if (rest.startsWith('::')) return { text: '::' };
  if (rest.startsWith(':=')) return { text: ':=' };
  if (rest.startsWith(':')) {
    const name = identifier.exec(rest.slice(1))?.[0];
    // The next token may be a string with a prefix, which is not a name.
    const isString = /^(?:[eEbBxXnN]'|[uU]&['"])/.test(rest.slice(1));
    return name === undefined || isString ? { text: ':' } : { text: `:${name}`, name };
  }
  if (identifierStart.test(rest.slice(0, 2))) {
    const word = identifier.exec(rest)?.[0];
    if (word !== undefined) return { text: word };
  }
  const signs = operator.exec(rest)?.[0];
  if (signs !== undefined) {
    // A comment ends an operator.
    const comment = /--|\/\*/.exec(signs)?.index;
    return { text: comment === undefined || comment === 0 ? signs : signs.slice(0, comment) };
  }
  return { text: String.fromCodePoint(rest.codePointAt(0) ?? 0) };
}

function readComment(rest: string): Piece | undefined {
  let depth = 0;
  for (const { 0: mark, index } of rest.matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1;
    if (depth === 0) return { text: rest.slice(0, index + 2) };
  }
  return undefined;
}

function readQuoted(rest: string, opening: string): Piece | undefined {
  const quote = opening.at(-1) ?? '';
  const escapes = /^[eE]/.test(opening);
  for (let at = opening.length; at < rest.length; at += 1) {
    if (escapes && rest[at] === '\\') at += 1;
    else if (rest[at] === quote) {
      if (rest[at + 1] === quote) at += 1;
      else return { text: rest.slice(0, at + 1) };
    }
  }
  return undefined;
}
