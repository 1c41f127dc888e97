// ENV002, a warning: an unqualified name finds another object first than at the cut.
import type { CheckContext, CheckedOperation, Draft, Rule } from '../../check/check-context.ts';
import { toSchemaMark } from '../../facts/relative-names.ts';
import { relationsOf } from '../../check/sql-failures.ts';
import { findFunctionSchemas, findRelationSchemas } from '../../measure/measure-names.ts';

export const findShadowedBySearchPath: Rule = (context) => {
  const { catalogue, operations, release } = context;
  return [...(release.contract?.names ?? [])].flatMap(([written, before]): Draft[] => {
    const isFunction = written.endsWith('()');
    const name = isFunction ? written.slice(0, -2) : written;
    const now = isFunction ? findFunctionSchemas(catalogue, name) : findRelationSchemas(catalogue, name);
    const [first, second] = [before[0], now[0]];
    // PostgreSQL chooses a function by its arguments first: one more schema may take the call.
    const added = isFunction ? now.filter((schema) => !before.includes(schema)) : [];
    const isMoved = first !== undefined && second !== undefined && first !== second;
    if (!isMoved && (added.length === 0 || now.length < 2)) return [];
    const hit = operations.filter(
      (checked) =>
        (isFunction ? checked.analysis?.functions : checked.analysis?.relations)?.some(
          (one) => one.schema === undefined && one.name === name,
        ) === true &&
        (isMoved || mayTake(context, checked, { name, schemas: added })),
    );
    if (hit.length === 0) return [];
    const list = (schemas: readonly string[]): string =>
      schemas.map((schema) => (schema === '.' ? 'the schema of the environment' : schema)).join(', ');
    return [
      {
        code: 'ENV002',
        object: written,
        expected: `found in ${list(before)}, as at the cut`,
        actual: `found in ${list(now)}`,
        operations: hit.map((checked) => checked.name),
        hint: 'Write the schema in the statement, or remove what shadows the name.',
      },
    ];
  });
};

/** A function with an argument type that does not occur in the statement takes none of its calls. */
function mayTake(
  context: CheckContext,
  checked: CheckedOperation,
  { name, schemas }: { readonly name: string; readonly schemas: readonly string[] },
): boolean {
  const { catalogue } = context;
  const { description } = checked;
  const met = [
    ...relationsOf(context, checked).flatMap(({ columns }) => columns.map(({ type }) => type)),
    ...(description?.ok === true
      ? [...description.parameters, ...description.fields.map(({ type }) => type)]
      : []),
  ];
  return catalogue.functions.some(
    (one) =>
      one.name === name &&
      schemas.includes(toSchemaMark(catalogue, one.schema)) &&
      one.argumentTypes.every(
        (type) =>
          type.schema === 'pg_catalog' ||
          checked.words.has(type.name) ||
          met.some((own) => own.name === type.name && own.schema === type.schema),
      ),
  );
}
