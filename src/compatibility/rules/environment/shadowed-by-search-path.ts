// ENV002, a warning: a name without a schema finds another object first than it did at the cut.
import type { Draft, Rule } from '../../check/check-context.ts';
import { findFunctionSchemas, findRelationSchemas } from '../../measure/measure-names.ts';

export const findShadowedBySearchPath: Rule = ({ catalogue, operations, release }) =>
  [...(release.contract?.names ?? [])].flatMap(([written, before]): Draft[] => {
    const isFunction = written.endsWith('()');
    const name = isFunction ? written.slice(0, -2) : written;
    const now = isFunction ? findFunctionSchemas(catalogue, name) : findRelationSchemas(catalogue, name);
    const [first, second] = [before[0], now[0]];
    // A function is taken by its arguments first: one more schema may take the call.
    const added = isFunction ? now.filter((schema) => !before.includes(schema)) : [];
    const isMoved = first !== undefined && second !== undefined && first !== second;
    if (!isMoved && (added.length === 0 || now.length < 2)) return [];
    const hit = operations.filter(({ analysis }) =>
      (isFunction ? analysis?.functions : analysis?.relations)?.some(
        (one) => one.schema === undefined && one.name === name,
      ),
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
