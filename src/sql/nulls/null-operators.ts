// How operators, comparisons and CASE pass on the NULLs of their operands, within the size limit of a form. The caller
// reads operands (null-form.ts).
import { isTextual, readLiteral, readParameter } from './null-literals.ts';
import { listOf, memberOf, namesOf, recordOf, textOf, type TreeRecord } from '../parse-tree.ts';
import type { NullForm } from '../statement.ts';

/** Reads an operand in its place. */
type FormOf = (operand: unknown) => NullForm;

export const unknownForm: NullForm = { kind: 'unknown' };

/** Most parts of one form, because a form that each WITH query uses twice doubles each time. */
const mostParts = 300;
const sizes = new WeakMap<NullForm, number>();

export function bounded(form: NullForm, parts: readonly NullForm[]): NullForm {
  const size = parts.reduce((sum, part) => sum + (sizes.get(part) ?? 1), 1);
  if (size > mostParts) return unknownForm;
  sizes.set(form, size);
  return form;
}

/** NULL when one of them is. */
export function anyOf(operands: readonly NullForm[]): NullForm {
  const [only] = operands;
  if (operands.length === 1 && only !== undefined) return only;
  return bounded({ kind: 'strict', functions: [], operands }, operands);
}

const passing: ReadonlySet<string> = new Set(
  '+ - * / % ^ = <> < > <= >= -> ->> #> #>> @> <@ && ~ ~* !~ !~* ~~ ~~* !~~ !~~*'.split(' '),
);

/** An operator, NULLIF, IN or LIKE. */
export function readOperator(body: TreeRecord, formOf: FormOf): NullForm {
  const left = body['lexpr'] === undefined ? [] : [formOf(body['lexpr'])];
  const kind = textOf(body['kind']);
  const equal = readComparison(body, kind, left[0]);
  if (equal !== undefined) return bounded(equal, left);
  if (kind === 'AEXPR_NULLIF' || kind === 'AEXPR_IN')
    return bounded({ kind: 'strict', functions: [], operands: left }, left);
  if (!['AEXPR_OP', 'AEXPR_LIKE', 'AEXPR_ILIKE'].includes(kind)) return unknownForm;
  const names = namesOf(body['name']);
  const operator = names.length === 1 ? (names[0] ?? '') : '';
  // An array accepts a NULL as a member; a text does not.
  const isText = operator === '||' && [body['lexpr'], body['rexpr']].every((side) => isTextual(side));
  if (!passing.has(operator) && !isText) return unknownForm;
  return anyOf([...left, formOf(body['rexpr'])]);
}

/** `nullif($1, '')`, `$1 = 'a'` and `$1 in ('a', 'b')`; `undefined` without literals or for other values. */
function readComparison(body: TreeRecord, kind: string, operand: NullForm | undefined): NullForm | undefined {
  const items =
    kind === 'AEXPR_IN' ? listOf(memberOf(memberOf(body['rexpr'], 'List'), 'items')) : [body['rexpr']];
  if (namesOf(body['name']).join('.') !== '=' || operand === undefined) return undefined;
  const values = items.flatMap((item) => readLiteral(item) ?? []);
  const numbers = new Set(values.map((value) => readParameter(body['lexpr'], value)));
  const [parameter] = numbers;
  if (parameter === undefined || numbers.size > 1 || values.length < items.length) return undefined;
  if (kind === 'AEXPR_NULLIF') return { kind: 'nullif', operand, parameter, values };
  return kind === 'AEXPR_OP' || kind === 'AEXPR_IN'
    ? { kind: 'equals', operand, parameter, values }
    : undefined;
}

const equalSign = [{ String: { sval: '=' } }];

export function readCase(body: TreeRecord, formOf: FormOf): NullForm {
  const test = body['arg'] === undefined ? undefined : formOf(body['arg']);
  const branches = listOf(body['args']).map((item) => {
    const branch = recordOf(memberOf(item, 'CaseWhen'));
    const when =
      test === undefined
        ? formOf(branch['expr'])
        : (readComparison({ name: equalSign, lexpr: body['arg'], rexpr: branch['expr'] }, 'AEXPR_OP', test) ??
          anyOf([test, formOf(branch['expr'])]));
    return { when, form: formOf(branch['result']) };
  });
  const otherwise: NullForm = body['defresult'] === undefined ? { kind: 'null' } : formOf(body['defresult']);
  const parts = [otherwise, ...branches.flatMap(({ when, form }) => [when, form])];
  return bounded({ kind: 'case', branches, otherwise }, parts);
}
