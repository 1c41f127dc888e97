// OPS008, a warning. Either the type of a used operator or cast is no longer in a schema of the search_path: PostgreSQL
// then silently takes another one, such as that of text for citext. Or an operator for one array type, such as
// intarray's, takes a call from PostgreSQL's.
import type { QualifiedName } from '../../../model/qualified-name.ts';
import {
  namesFunction,
  parseName,
  type CheckContext,
  type CheckedOperation,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { nameInSignature } from '../../facts/signature.ts';
import { toRelativeName } from '../../facts/relative-names.ts';
import { relationsOf } from '../../check/sql-failures.ts';

export const findOperatorChanged: Rule = (context) => [...findLost(context), ...findTaken(context)];

function findTaken(context: CheckContext): Draft[] {
  const { catalogue, release, operations } = context;
  const before = new Set([...(release.contract?.functions.keys() ?? [])].map((name) => parseName(name).name));
  const added = catalogue.operators.filter((one) => !before.has(one.function));
  if (added.length === 0 || release.contract === undefined) return [];
  return operations.flatMap((checked) => {
    const types = new Set(listTypes(context, checked).map(({ name }) => name));
    return added
      .filter((one) => types.has(one.type) && names(checked, one.name))
      .map((one): Draft => ({
        code: 'OPS008',
        object: `${checked.name}.${one.name}`,
        expected: `the operator ${one.name} of PostgreSQL for all arrays, as at the cut`,
        actual: `${one.schema}.${one.name} takes ${one.type}, by the function ${one.function}`,
        operations: [checked.name],
        hint: `Write operator(pg_catalog.${one.name}) in a new release, or compare what the two give.`,
      }));
  });
}

function names({ statement }: CheckedOperation, operator: string): boolean {
  const escaped = operator.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(`(?<![-+*/<>=~!@#%^&|?])${escaped}(?![-+*/<>=~!@#%^&|?])`).test(statement.text);
}

function findLost(context: CheckContext): Draft[] {
  return context.operations.flatMap((checked): Draft[] => {
    if (checked.failure !== undefined) return [];
    const lost = listTypes(context, checked).filter(({ schema }) => isOutside(context, schema));
    const used = (context.release.contract?.operations.get(checked.name)?.functions ?? []).filter(
      (signature) => !namesFunction(checked, nameInSignature(signature)) && !isThere(context, signature),
    );
    return lost.flatMap(({ schema, name }): Draft[] => {
      const gone = used.filter((signature) => argumentsOf(signature).includes(name));
      if (gone.length === 0) return [];
      return [
        {
          code: 'OPS008',
          object: `${checked.name}.${name}`,
          expected: `operators and casts of ${name} in the search_path, as at the cut: ${gone.join(', ')}`,
          actual: `${name} is in schema ${schema}: PostgreSQL uses those of another type`,
          operations: [checked.name],
          hint: `Move the type back, or write operator(${schema}.=) and the like in a new release.`,
        },
      ];
    });
  });
}

/** Types that the statement reads. */
function listTypes(context: CheckContext, checked: CheckedOperation): QualifiedName[] {
  const all = relationsOf(context, checked).flatMap(({ columns }) => columns.map(({ type }) => type));
  return [...new Map(all.map((type) => [`${type.schema}.${type.name}`, type])).values()];
}

function isOutside({ catalogue }: CheckContext, schema: string): boolean {
  return schema !== 'pg_catalog' && !catalogue.schemas.some(({ name, rank }) => name === schema && rank >= 0);
}

function isThere({ catalogue }: CheckContext, signature: string): boolean {
  const { schema, name } = nameInSignature(signature);
  return catalogue.functions.some(
    (one) =>
      one.name === name &&
      (schema === undefined || toRelativeName(catalogue, one) === signature.split('(')[0]),
  );
}

/** The argument types without a schema. */
function argumentsOf(signature: string): string[] {
  const list = /\((.*)\)$/s.exec(signature)?.[1] ?? '';
  return list.split(', ').map((type) => parseName(type.replace(/^\./, '')).name);
}
