// Replaces `:name` with $1, $2, … where PostgreSQL's lexer finds a colon and a name, and stores the positions.
import { countCodePoints, scanSql, type SyntaxProblem, type Token } from './pg-parser.ts';

/** Most parameters of one statement. PostgreSQL's own limit is 65,535. */
export const maxParameters = 1000;

export interface BoundSql {
  readonly text: string;
  readonly parameters: readonly string[];
  readonly offsets: readonly { readonly text: number; readonly sql: number }[];
  /** Positions are code points of the SQL as written, 1-based. */
  readonly problem: SyntaxProblem | undefined;
}

export function bindParameters(sql: string): BoundSql {
  const scanned = scanSql(sql);
  if (!scanned.ok) return { text: sql, parameters: [], offsets: [], problem: scanned.problem };
  const numbers = new Map<string, number>();
  const offsets: { text: number; sql: number }[] = [];
  let problem: SyntaxProblem | undefined;
  let text = '';
  let copied = 0;
  const { tokens } = scanned;
  for (const [i, token] of tokens.entries()) {
    if (token.kind === 'parameter') {
      problem ??= at(sql, token, `${token.text} is written by hand: name the parameter, as in :id`);
    }
    const name = nameAfter(token, tokens[i + 1], sql);
    if (name === undefined) continue;
    const before = tokens[i - 1];
    if (before !== undefined && before.end === token.start && !canStandBefore(before)) {
      problem ??= at(
        sql,
        token,
        `:${name} directly follows "${clip(before.text)}": put a space between them; a slice is written [(1):(n)]`,
      );
    }
    let number = numbers.get(name);
    if (number === undefined) {
      number = numbers.size + 1;
      numbers.set(name, number);
    }
    text += sql.slice(copied, token.start);
    offsets.push({ text: countCodePoints(text, text.length), sql: countCodePoints(sql, token.start) });
    text += `$${number}`;
    copied = token.end + name.length;
  }
  text += sql.slice(copied);
  if (numbers.size > maxParameters) {
    problem ??= {
      message: `${numbers.size} parameters; at most ${maxParameters} are allowed`,
      position: undefined,
    };
  }
  return { text, parameters: [...numbers.keys()], offsets, problem };
}

/** The name, when a colon token is followed directly by a plain identifier or keyword. */
function nameAfter(token: Token, next: Token | undefined, sql: string): string | undefined {
  if (token.text !== ':' || next === undefined || next.start !== token.end) return undefined;
  if (next.kind !== 'identifier' && next.kind !== 'keyword') return undefined;
  // N'…' is a special kind of string, which the lexer returns as a keyword and a string.
  if (/^n$/i.test(next.text) && sql.startsWith("'", next.end)) return undefined;
  return next.text.includes('"') ? undefined : next.text;
}

/** `x$1` would be read as one identifier and `1$1` as a broken number; after a bracket, a colon is a slice. */
function canStandBefore(token: Token): boolean {
  return token.kind === 'comment' || (token.kind === 'other' && /^[^\w)\]'"$]+$/u.test(token.text));
}

function at(sql: string, token: Token, message: string): SyntaxProblem {
  return { message, position: countCodePoints(sql, token.start) + 1 };
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
