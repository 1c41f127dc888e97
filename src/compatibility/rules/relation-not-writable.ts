// REL002: a statement writes to what can no longer be written to, such as a view that took a table's place.
import { nameOf, type Draft, type Rule } from '../check-context.ts';
import { relationsOf } from '../sql-failures.ts';

export const findRelationNotWritable: Rule = (context) =>
  context.operations.flatMap((checked): Draft[] => {
    const { failure, analysis, name } = checked;
    const written = analysis?.relations.filter(({ access }) => access !== 'read') ?? [];
    return relationsOf(context, checked).flatMap((relation): Draft[] => {
      if (relation.kind === 'r' || relation.kind === 'p') return [];
      const accesses = written.filter((one) => one.name === relation.name).map(({ access }) => access);
      const refused = accesses.filter((access) => {
        if (access === 'merge') return failure !== undefined && !relation.writable.update;
        return access !== 'read' && !relation.writable[access];
      });
      if (refused.length === 0 || (failure === undefined && relation.hasRules)) return [];
      return [
        {
          code: 'REL002',
          object: nameOf(relation),
          expected: `a relation that takes ${refused.join(' and ')}`,
          actual:
            relation.kind === 'v' ? 'a view that PostgreSQL cannot update' : `relation kind ${relation.kind}`,
          operations: [name],
          explains: [name],
          sqlstate: '55000',
          hint: 'Make the view updatable: one table, plain columns; or give it an INSTEAD OF trigger.',
        },
      ];
    });
  });
