// Turns a statement of a PL/pgSQL body into one that PostgreSQL can judge separately: a variable becomes a parameter of
// its type. A name that may be a variable counts as the variable, so the text may use less than the body does.
import { listOf, memberOf, namesOf, recordOf } from '../parse-tree.ts';
import { mapBytes, type Token } from '../pg-parser.ts';
import type { Variable } from './plpgsql-steps.ts';

export interface Bound {
  readonly text: string;
  /** Every variable has the type that it has in the body. */
  readonly isExact: boolean;
}

export interface Variables {
  readonly named: ReadonlyMap<string, Variable>;
  /** Types of the arguments: `$1` in the body is the first. */
  readonly positional: readonly string[];
}

interface Reference {
  readonly byte: number;
  /** Names with dots in between that are replaced. */
  readonly parts: number;
  readonly type: string | undefined;
}

/** `undefined` for all fields of a record of unknown type. */
export function bindVariables(
  text: string,
  statements: readonly unknown[],
  { tokens: scanned, variables }: { readonly tokens: readonly Token[]; readonly variables: Variables },
): Bound | undefined {
  const references: Reference[] = [];
  if (!collect(statements, variables, references)) return undefined;
  const tokens = scanned.filter(({ kind }) => kind !== 'comment');
  const toUtf16 = mapBytes(text);
  let bound = '';
  let copied = 0;
  for (const [i, { byte, parts, type }] of references.toSorted((a, b) => a.byte - b.byte).entries()) {
    const start = toUtf16(byte);
    const index = tokens.findIndex((token) => token.start === start);
    const end = tokens[index + 2 * (parts - 1)]?.end;
    if (index < 0 || end === undefined) return undefined;
    const value = type === undefined ? `$${i + 1}` : `cast($${i + 1} as ${type})`;
    bound += `${text.slice(copied, start)}(${value})`;
    copied = end;
  }
  return { text: bound + text.slice(copied), isExact: references.every(({ type }) => type !== undefined) };
}

/** False when one of them cannot be replaced. */
function collect(node: unknown, variables: Variables, found: Reference[]): boolean {
  if (Array.isArray(node)) return node.every((item) => collect(item, variables, found));
  return Object.entries(recordOf(node)).every(([key, value]) => {
    const body = recordOf(value);
    const byte = typeof body['location'] === 'number' ? body['location'] : 0;
    if (key === 'ParamRef') {
      const number = typeof body['number'] === 'number' ? body['number'] : 0;
      found.push({ byte, parts: 1, type: variables.positional[number - 1] });
      return true;
    }
    if (key !== 'ColumnRef') return collect(value, variables, found);
    const fields = listOf(body['fields']);
    const names = fields.map((field) =>
      memberOf(field, 'String') === undefined ? undefined : namesOf([field])[0],
    );
    const reference = refer(names, variables.named);
    if (reference === undefined) return true;
    if (reference === 'unknown') return false;
    found.push({ byte, ...reference });
    return true;
  });
}

/** `undefined` in `names` means `*`. */
function refer(
  names: readonly (string | undefined)[],
  variables: Variables['named'],
): Omit<Reference, 'byte'> | 'unknown' | undefined {
  const [first = '', second] = names;
  const variable = variables.get(first);
  if (variable === undefined) return undefined;
  if (names.length === 1) return { parts: 1, type: variable.type };
  // A plain variable has no fields: `o.total` is a column even when a variable is called `o`.
  if (!variable.isRow) return undefined;
  if (variable.type !== undefined) return { parts: 1, type: variable.type };
  const inner = second === undefined ? undefined : variables.get(second);
  if (inner !== undefined && names.length === 2) return { parts: 2, type: inner.type };
  return names.includes(undefined) ? 'unknown' : { parts: names.length, type: undefined };
}
