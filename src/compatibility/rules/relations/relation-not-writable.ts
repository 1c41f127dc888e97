// REL002: a statement writes to an object that is no longer writable, such as a view in place of a table.
import type { Relation } from '../../../model/relation.ts';
import { baselineRelations, findUsers, namesOf } from '../../facts/baseline.ts';
import { isTable, nameOf, type CheckContext, type Draft, type Rule } from '../../check/check-context.ts';
import { relationsOf } from '../../check/sql-failures.ts';

export const findRelationNotWritable: Rule = (context) => [...findRefused(context), ...findReplaced(context)];

/** Information: a view has replaced a table, and works like it. */
function findReplaced(context: CheckContext): Draft[] {
  return baselineRelations(context).flatMap(({ baseline, relation }): Draft[] => {
    const wasTable = baseline.kind === 'table' || baseline.kind === 'partitioned';
    if (!wasTable || !['v', 'm', 'f'].includes(relation.kind)) return [];
    return [
      {
        code: 'REL002',
        severity: 'info',
        object: nameOf(relation),
        expected: 'a table, as at the cut',
        actual: sayKind(relation),
        operations: namesOf(findUsers(context, relation)),
        hint: 'Nothing to do as long as the release works with it.',
        yieldsTo: (other) => other.object === nameOf(relation) && other.severity !== 'info',
      },
    ];
  });
}

function findRefused(context: CheckContext): Draft[] {
  return context.operations.flatMap((checked): Draft[] => {
    const { failure, analysis, name } = checked;
    const written = analysis?.relations.filter(({ access }) => access !== 'read') ?? [];
    return relationsOf(context, checked).flatMap((relation): Draft[] => {
      if (isTable(relation)) return [];
      const accesses = written.filter((one) => one.name === relation.name).map(({ access }) => access);
      const refused = accesses.filter((access) => {
        if (access === 'merge')
          // PostgreSQL 15 and 16 support MERGE into tables only.
          return (
            failure !== undefined && (!relation.writable.update || failure.routine === 'transformMergeStmt')
          );
        return access !== 'read' && !relation.writable[access];
      });
      if (refused.length === 0 || (failure === undefined && relation.hasRules)) return [];
      return [
        {
          code: 'REL002',
          object: nameOf(relation),
          expected: `a relation that accepts ${refused.join(' and ')}`,
          actual: `${sayKind(relation)}, which PostgreSQL cannot write in this way`,
          operations: [name],
          explains: [name],
          sqlstate: '55000',
          hint:
            relation.kind === 'v'
              ? 'Make the view updatable: one table, plain columns; or give it an INSTEAD OF trigger.'
              : 'Put a table or an updatable view in its place, or serve a release that does not write to it.',
        },
      ];
    });
  });
}

const kinds: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  S: 'a sequence',
};

function sayKind({ kind }: Relation): string {
  return kinds[kind] ?? `a relation of kind ${kind}`;
}
