// Turns the statements of a function's body into ones that can be planned separately: a reference to an argument
// becomes a parameter of its type. A column with an argument's name counts as the argument. So such a statement may use
// less than the body does, and never more.
import { listOf, memberOf, namesOf, recordOf } from '../parse-tree.ts';
import { mapBytes, parseSql, scanSql, type Token } from '../pg-parser.ts';

export interface BodyArguments {
  /** Name of the function, which may come before an argument. */
  readonly name: string;
  /** '' for an argument without a name. */
  readonly names: readonly string[];
  /** As in a cast. */
  readonly types: readonly string[];
}

/** Statements with a plan: SELECT, INSERT, UPDATE, DELETE, MERGE. */
const planned = /^(?:select|insert|update|delete|merge|with|values|table)$/i;
/** Most statements of a body that are analysed. */
const mostStatements = 50;

export function listBodyStatements(source: string, given: BodyArguments): string[] {
  const scanned = scanSql(source);
  if (!scanned.ok) return [];
  const tokens = scanned.tokens.filter(({ kind }) => kind !== 'comment');
  const isAtomic = isWord(tokens[0], 'begin') && isWord(tokens[1], 'atomic');
  const statements = splitStatements(isAtomic ? tokens.slice(2) : tokens);
  return statements.slice(0, mostStatements).flatMap((list) => {
    const [first, last] = [list[0], list.at(-1)];
    if (first === undefined || last === undefined) return [];
    const text = source.slice(first.start, last.end);
    if (isWord(first, 'return')) return bind(`select ${text.slice('return'.length)}`, given);
    return first.text === '(' || planned.test(first.text) ? bind(text, given) : [];
  });
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.text.toLowerCase() === word;
}

function splitStatements(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    if (token.text === ';' && depth === 0) statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements;
}

function bind(text: string, given: BodyArguments): string[] {
  const [parsed, scanned] = [parseSql(text), scanSql(text)];
  if (!parsed.ok || !scanned.ok || parsed.statements.length !== 1) return [];
  const references: Reference[] = [];
  try {
    collect(parsed.statements, given, references);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
  const tokens = scanned.tokens.filter(({ kind }) => kind !== 'comment');
  const toUtf16 = mapBytes(text);
  let bound = '';
  let copied = 0;
  for (const { byte, parts, number } of references.toSorted((a, b) => a.byte - b.byte)) {
    const start = toUtf16(byte);
    const index = tokens.findIndex((token) => token.start === start);
    const end = tokens[index + 2 * (parts - 1)]?.end;
    const type = given.types[number - 1];
    if (index < 0 || end === undefined || type === undefined) return [];
    bound += `${text.slice(copied, start)}cast($${number} as ${type})`;
    copied = end;
  }
  return [bound + text.slice(copied)];
}

interface Reference {
  readonly byte: number;
  /** Names with dots in between. */
  readonly parts: number;
  /** Number of the argument. */
  readonly number: number;
}

function collect(node: unknown, given: BodyArguments, found: Reference[]): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, given, found);
    return;
  }
  for (const [key, value] of Object.entries(recordOf(node))) {
    const body = recordOf(value);
    const byte = typeof body['location'] === 'number' ? body['location'] : 0;
    if (key === 'ParamRef' && typeof body['number'] === 'number') {
      found.push({ byte, parts: 1, number: body['number'] });
    } else if (key === 'ColumnRef') {
      const parts = listOf(body['fields']);
      const number = given.names.indexOf(argumentIn(parts, given) ?? '\0') + 1;
      if (number > 0) found.push({ byte, parts: parts.length, number });
    } else collect(value, given, found);
  }
}

function argumentIn(fields: readonly unknown[], { name }: BodyArguments): string | undefined {
  if (fields.some((field) => memberOf(field, 'String') === undefined)) return undefined;
  const [first, second, ...rest] = namesOf(fields);
  if (second === undefined) return first;
  return first === name && rest.length === 0 ? second : undefined;
}
