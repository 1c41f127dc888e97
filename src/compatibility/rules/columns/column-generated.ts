// COL005: a statement writes to a column that is now generated, or to an identity column that accepts no value.
import type { Column, Relation } from '../../../model/relation.ts';
import {
  findColumn,
  findRelation,
  isReachable,
  nameOf,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { resolveInsert } from '../../facts/writes/insert-analysis.ts';

export const findColumnGenerated: Rule = ({ catalogue, operations }) =>
  operations.flatMap(({ analysis, name }) => {
    const inserted = (analysis?.inserts ?? []).flatMap((insert) => {
      const resolved = resolveInsert(catalogue, insert);
      return (resolved?.given ?? [])
        .filter(({ column, value }) => {
          if (value?.kind === 'default') return false;
          return column.generated || (column.identity === 'always' && insert.overriding === 'none');
        })
        .flatMap(({ column }) => (resolved === undefined ? [] : [toDraft(name, resolved.relation, column)]));
    });
    const updated = (analysis?.updates ?? []).flatMap(({ relation: named, assignments }) => {
      const relation = findRelation(catalogue, named);
      if (relation === undefined || !isReachable(catalogue, relation)) return [];
      return assignments.flatMap((assignment) => {
        const column = findColumn(relation, assignment.column);
        if (column === undefined || assignment.value.kind === 'default') return [];
        return column.generated || column.identity === 'always' ? [toDraft(name, relation, column)] : [];
      });
    });
    return [...inserted, ...updated];
  });

function toDraft(operation: string, relation: Relation, column: Column): Draft {
  return {
    code: 'COL005',
    object: `${nameOf(relation)}.${column.name}`,
    expected: 'a column that accepts a value',
    actual: column.generated ? 'generated' : 'an identity, GENERATED ALWAYS',
    operations: [operation],
    explains: [operation],
    sqlstate: '428C9',
    hint: 'Leave the column out of the statement, or make it a plain column again (an identity: BY DEFAULT).',
  };
}
