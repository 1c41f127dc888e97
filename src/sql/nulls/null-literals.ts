// The values that an expression compares a parameter with, when they are literals, and the parameter behind casts.
import { listOf, memberOf, namesOf, recordOf, textOf } from '../parse-tree.ts';

/** A literal behind casts, as a caller would send it; `undefined` when it is no literal, or NULL. */
export function readLiteral(node: unknown): string | undefined {
  const [kind = '', body] = Object.entries(recordOf(node))[0] ?? [];
  if (kind === 'TypeCast') return readLiteral(memberOf(body, 'arg'));
  if (kind !== 'A_Const' || memberOf(body, 'isnull') === true) return undefined;
  const value = recordOf(body);
  // The parser omits zero, false and empty values.
  if (value['sval'] !== undefined) return textOf(memberOf(value['sval'], 'sval'));
  if (value['fval'] !== undefined) return textOf(memberOf(value['fval'], 'fval'));
  if (value['ival'] !== undefined) {
    const number = memberOf(value['ival'], 'ival') ?? 0;
    return typeof number === 'number' ? number.toString() : undefined;
  }
  if (value['boolval'] === undefined) return undefined;
  return memberOf(value['boolval'], 'boolval') === true ? 'true' : 'false';
}

/** Functions that return the empty text for the empty text. */
const keepingEmpty: ReadonlySet<string> = new Set(['btrim', 'ltrim', 'rtrim', 'lower', 'upper', 'trim']);

/** The number of the parameter that is `literal` when the expression is. */
export function readParameter(node: unknown, literal: string): number | undefined {
  const [kind = '', value] = Object.entries(recordOf(node))[0] ?? [];
  const body = recordOf(value);
  if (kind === 'TypeCast' || kind === 'CollateClause') return readParameter(body['arg'], literal);
  if (kind === 'FuncCall' && literal === '' && keepingEmpty.has(namesOf(body['funcname']).at(-1) ?? ''))
    return readParameter(listOf(body['args'])[0], literal);
  return kind === 'ParamRef' && typeof body['number'] === 'number' ? body['number'] : undefined;
}

const textFunctions: ReadonlySet<string> = new Set(
  'upper lower initcap btrim ltrim rtrim replace substring left right lpad rpad'.split(' '),
);

/** Certainly a text, and not an array. */
export function isTextual(node: unknown): boolean {
  const [kind = '', value] = Object.entries(recordOf(node))[0] ?? [];
  const body = recordOf(value);
  if (kind === 'ParamRef' || kind === 'A_Const') return true;
  if (kind === 'TypeCast') return listOf(memberOf(body['typeName'], 'arrayBounds')).length === 0;
  if (kind === 'FuncCall') return textFunctions.has(namesOf(body['funcname']).at(-1) ?? '');
  return (
    kind === 'A_Expr' &&
    namesOf(body['name']).join('.') === '||' &&
    isTextual(body['lexpr']) &&
    isTextual(body['rexpr'])
  );
}
