// Finds in a statement's text which index its ON CONFLICT needs. The parse tree has expressions as trees, but a
// suggestion needs their original text.

export interface ConflictText {
  /** The text in the brackets: `lower(email), kind`. */
  readonly keys: string;
  /** Condition of a partial index. */
  readonly where: string | undefined;
}

const tokens =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$\d+|\$(\w*)\$[\s\S]*?\$\1\$|[\p{L}_][\p{L}\p{N}_$]*|[()]/gu;

/** `undefined` unless the statement has exactly one ON CONFLICT (…), without parameters in it. */
export function readConflictText(text: string): ConflictText | undefined {
  const found = [...text.matchAll(tokens)]
    .filter(([token]) => !token.startsWith('--') && !token.startsWith('/*'))
    .map((match) => ({ token: match[0].toLowerCase(), at: match.index, end: match.index + match[0].length }));
  const is = (i: number, ...words: readonly string[]): boolean =>
    words.every((word, j) => found[i + j]?.token === word);
  const starts = found.flatMap((_one, i) => (is(i, 'on', 'conflict', '(') ? [i + 2] : []));
  const [start] = starts;
  if (start === undefined || starts.length > 1) return undefined;
  let [depth, close, end] = [0, -1, -1];
  for (let i = start; i < found.length && end < 0; i += 1) {
    if (is(i, '(')) depth += 1;
    else if (is(i, ')')) depth -= 1;
    else if (close >= 0 && depth === 0 && is(i, 'do')) end = i;
    if (depth === 0 && close < 0) close = i;
  }
  const [open, shut, last] = [found[start], found[close], found[end]];
  if (open === undefined || shut === undefined || last === undefined) return undefined;
  const keys = text.slice(open.end, shut.at).trim();
  const isPartial = is(close + 1, 'where');
  const where = isPartial ? text.slice(found[close + 1]?.end, last.at).trim() : undefined;
  return /\$\d/.test(`${keys} ${where ?? ''}`) ? undefined : { keys, where };
}
