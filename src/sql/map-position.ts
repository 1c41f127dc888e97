// Maps positions between an operation's SQL as written and its text with $1, $2, …, in code points.
import type { Statement } from './statement.ts';

type Mapped = Pick<Statement, 'text' | 'parameters' | 'offsets'>;

/** The 1-based code point of `sql` for one of `text`. A position inside `$1` becomes the start of `:name`. */
export function mapToSql(statement: Mapped, position: number): number {
  return mapPosition(statement, position, 'text', 'sql');
}

/** The 1-based code point of `text` for one of `sql`. A position inside `:name` becomes the start of `$1`. */
export function mapToText(statement: Mapped, position: number): number {
  return mapPosition(statement, position, 'sql', 'text');
}

/** Line and column, 1-based and in code points, of a 1-based code point of `sql`. */
export function locateInSql(
  sql: string,
  position: number,
): { readonly line: number; readonly column: number } {
  const lines = [...sql]
    .slice(0, Math.max(0, position - 1))
    .join('')
    .split('\n');
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 };
}

function mapPosition(statement: Mapped, position: number, from: 'text' | 'sql', to: 'text' | 'sql'): number {
  const target = position - 1;
  const index = statement.offsets.findLastIndex((offset) => offset[from] <= target);
  const offset = statement.offsets[index];
  if (offset === undefined) return position;
  const widths = measure(statement, offset.text);
  const behind = target - offset[from] - widths[from];
  return 1 + (behind < 0 ? offset[to] : offset[to] + widths[to] + behind);
}

/** The width of the parameter at this code point of the text, on both sides. */
function measure(statement: Mapped, at: number): { readonly text: number; readonly sql: number } {
  const [written = '$'] = /^\$[0-9]+/.exec([...statement.text].slice(at, at + 6).join('')) ?? [];
  const name = statement.parameters[Number(written.slice(1)) - 1] ?? '';
  return { text: written.length, sql: 1 + [...name].length };
}
