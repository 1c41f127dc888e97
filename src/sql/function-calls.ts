// Reads a function call's argument types as far as the parse tree shows them, to find which of several functions with
// one name PostgreSQL would take.
import { listOf, memberOf, namesOf, recordOf, textOf, type TreeRecord } from './parse-tree.ts';
import type { CallArgument, FunctionCall } from './statement.ts';

/** `body`: a FuncCall. `undefined` when it has no arguments, named ones, or is a special form of an aggregate. */
export function readCall(body: TreeRecord): FunctionCall | undefined {
  const names = namesOf(body['funcname']);
  const list = listOf(body['args']);
  const isSpecial =
    body['func_variadic'] === true || list.some((item) => memberOf(item, 'NamedArgExpr') !== undefined);
  if (list.length === 0 || isSpecial) return undefined;
  return { function: { schema: names.at(-2), name: names.at(-1) ?? '' }, arguments: list.map(readArgument) };
}

/** The parser's names of PostgreSQL's own types, when they differ from what PostgreSQL prints. */
const spellings: ReadonlyMap<string, string> = new Map([
  ['int2', 'smallint'],
  ['int4', 'integer'],
  ['int8', 'bigint'],
  ['float4', 'real'],
  ['float8', 'double precision'],
  ['bool', 'boolean'],
  ['varchar', 'character varying'],
  ['bpchar', 'character'],
  ['timestamp', 'timestamp without time zone'],
  ['timestamptz', 'timestamp with time zone'],
]);

const plainTypes: ReadonlySet<string> = new Set([
  'numeric',
  'text',
  'date',
  'uuid',
  'json',
  'jsonb',
  'bytea',
]);

function readArgument(node: unknown): CallArgument {
  const [kind = '', value] = Object.entries(recordOf(node))[0] ?? [];
  const body = recordOf(value);
  if (kind === 'ParamRef' && typeof body['number'] === 'number')
    return { kind: 'parameter', number: body['number'] };
  if (kind === 'ColumnRef') {
    const column = namesOf(body['fields']).at(-1) ?? '';
    return column === '' ? { kind: 'other' } : { kind: 'column', column };
  }
  const type = kind === 'A_Const' ? typeOfLiteral(body) : kind === 'TypeCast' ? typeOfCast(body) : undefined;
  return type === undefined ? { kind: 'other' } : { kind: 'type', type };
}

/** A quoted text has no type of its own. */
function typeOfLiteral(body: TreeRecord): string | undefined {
  if (body['ival'] !== undefined) return 'integer';
  if (body['boolval'] !== undefined) return 'boolean';
  const number = memberOf(body['fval'], 'fval');
  if (number === undefined) return undefined;
  return /^\d{1,18}$/.test(textOf(number)) ? 'bigint' : 'numeric';
}

function typeOfCast(body: TreeRecord): string | undefined {
  const type = recordOf(body['typeName']);
  if (listOf(type['arrayBounds']).length > 0) return undefined;
  const name = namesOf(type['names']).at(-1) ?? '';
  return spellings.get(name) ?? (plainTypes.has(name) ? name : undefined);
}
