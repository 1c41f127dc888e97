// The PostgreSQL lexer and parser (libpg-query, WebAssembly) behind functions that return values: the only file that
// uses the library. It runs in-process; texts that could exhaust its stack are refused first.
import { loadModule, parsePlPgSQLSync, parseSync, scanSync, SqlError } from 'libpg-query';
import { escapeInvisible } from '../kernel/invisible.ts';

/** Most UTF-16 units, tokens and open brackets of one statement. PostgreSQL's own parser gives up at about 10,000 levels. */
export const maxSqlLength = 65_536;
export const maxTokens = 5000;
export const maxNesting = 200;

export interface Token {
  /** 0-based UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
  readonly kind: 'identifier' | 'keyword' | 'parameter' | 'comment' | 'other';
  readonly text: string;
}

/** 1-based code point of the text; `undefined` when unknown. */
export interface SyntaxProblem {
  readonly message: string;
  readonly position: number | undefined;
}

export type Scanned =
  | { readonly ok: true; readonly tokens: readonly Token[] }
  | { readonly ok: false; readonly problem: SyntaxProblem };
export type ParseTree =
  | { readonly ok: true; readonly statements: readonly unknown[] }
  | { readonly ok: false; readonly problem: SyntaxProblem };

// Token numbers of PostgreSQL 18's grammar; a test compares them with the installed library.
const identifierTypes = new Set([258, 259]);
const parameterType = 267;
const commentTypes = new Set([275, 276]);

let loading: Promise<void> | undefined;

/** Loads the parser once (about 20 ms); before that, the functions of this file and prepareStatement throw. */
export function loadSqlParser(): Promise<void> {
  loading ??= loadModule();
  return loading;
}

export function scanSql(sql: string): Scanned {
  if (sql.length > maxSqlLength) {
    return refuse(`the statement has ${sql.length} characters; at most ${maxSqlLength} are allowed`);
  }
  const unreadable = /\p{Surrogate}|\0/u.exec(sql);
  if (unreadable !== null) {
    return refuse(
      'the statement contains a character that is not valid Unicode text',
      countCodePoints(sql, unreadable.index) + 1,
    );
  }
  if (sql === '') return { ok: true, tokens: [] };
  let raw: ReturnType<typeof scanSync>['tokens'];
  try {
    raw = scanSync(sql).tokens;
  } catch (error) {
    // The scanner returns its error as text that is not JSON; the parser reports the same error with its position.
    const parsed = parseSql(sql);
    if (!parsed.ok) return parsed;
    // Or it returns tokens as JSON with unescaped control characters in names and strings.
    const control = /[\u0001-\u001f]/u.exec(sql.replaceAll(/[\t\n\f\r]/g, ' '));
    if (control === null) return refuse(error instanceof Error ? error.message : String(error));
    return refuse(
      `a name or a string contains the control character ${escapeInvisible(control[0])}: remove it, or write chr(…) instead`,
      countCodePoints(sql, control.index) + 1,
    );
  }
  if (raw.length > maxTokens)
    return refuse(`the statement has ${raw.length} tokens; at most ${maxTokens} are allowed`);
  const toUtf16 = mapBytes(sql);
  const tokens: Token[] = [];
  let depth = 0;
  for (const { start, end, tokenType, keywordKind } of raw) {
    const [from, to] = [toUtf16(start), toUtf16(end)];
    const text = sql.slice(from, to);
    if (text === '(' || text === '[') depth += 1;
    if (text === ')' || text === ']') depth -= 1;
    if (depth > maxNesting)
      return refuse(`nested deeper than ${maxNesting} brackets`, countCodePoints(sql, from) + 1);
    tokens.push({ start: from, end: to, kind: classify(tokenType, keywordKind), text });
  }
  return { ok: true, tokens };
}

export function parseSql(sql: string): ParseTree {
  // The library throws for an empty text, which PostgreSQL accepts as no statement.
  if (sql === '') return { ok: true, statements: [] };
  try {
    return { ok: true, statements: parseSync(sql).stmts ?? [] };
  } catch (error) {
    if (error instanceof SqlError) {
      const cursor = error.sqlDetails?.cursorPosition;
      return refuse(
        escapeInvisible(error.message),
        cursor === undefined || cursor < 0 ? undefined : cursor + 1,
      );
    }
    // The tree is passed as JSON, and recursion inside WebAssembly ends in a RangeError.
    if (error instanceof RangeError) return refuse('the statement is nested too deeply to be parsed');
    throw error;
  }
}

/** For a complete CREATE FUNCTION in PL/pgSQL: the library's description of its body; `undefined` when it does not parse. */
export function parsePlpgsql(definition: string): unknown {
  try {
    return parsePlPgSQLSync(definition);
  } catch (error) {
    // The library throws a plain Error when PL/pgSQL is invalid, and a RangeError when it is nested too deeply.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Code points before the UTF-16 offset. */
export function countCodePoints(text: string, offset: number): number {
  let count = 0;
  for (let i = 0; i < offset; i += 1) {
    if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count += 1;
  }
  return count;
}

/** UTF-16 offsets of UTF-8 byte offsets; call it with ascending offsets. */
export function mapBytes(text: string): (byte: number) => number {
  let [bytes, units] = [0, 0];
  return (target) => {
    while (bytes < target && units < text.length) {
      const point = text.codePointAt(units) ?? 0;
      bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
      units += point < 0x1_0000 ? 1 : 2;
    }
    return units;
  };
}

function classify(tokenType: number, keywordKind: number): Token['kind'] {
  if (keywordKind !== 0) return 'keyword';
  if (identifierTypes.has(tokenType)) return 'identifier';
  if (tokenType === parameterType) return 'parameter';
  return commentTypes.has(tokenType) ? 'comment' : 'other';
}

function refuse(message: string, position?: number): { readonly ok: false; readonly problem: SyntaxProblem } {
  return { ok: false, problem: { message, position } };
}
