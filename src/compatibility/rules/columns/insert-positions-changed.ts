// INS003: an INSERT without a column list, and columns were added in between, removed or reordered.
import { baselineRelations } from '../../facts/baseline.ts';
import {
  findColumn,
  findRelation,
  isReachable,
  nameOf,
  parseName,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';

/** Routines of PostgreSQL that refuse the values of an INSERT: too many values, or one of another type than its column. */
const aboutValues: ReadonlySet<string | undefined> = new Set(['transformInsertRow', 'transformAssignedExpr']);

export const findInsertPositionsChanged: Rule = (context) => {
  const { catalogue, operations, release } = context;
  const contracts = new Map(
    [...release.schema.tables].map(([written, contract]) => [
      findRelation(catalogue, parseName(written))?.oid,
      contract,
    ]),
  );
  const before = new Map(
    baselineRelations(context).map(({ relation, baseline }) => [relation.oid, baseline]),
  );
  return operations.flatMap(({ analysis, failure, name }) =>
    (analysis?.inserts ?? []).flatMap((insert): Draft[] => {
      if (insert.columns !== undefined || insert.source === 'default-values') return [];
      const relation = findRelation(catalogue, insert.relation);
      if (relation === undefined || !isReachable(catalogue, relation)) return [];
      const contract = contracts.get(relation.oid);
      const { width } = insert;
      const met = relation.columns.slice(0, width).map((column) => column.name);
      const strangers =
        contract === undefined || width === undefined || contract.columns.size < width
          ? []
          : met.filter((column) => !contract.columns.has(column));
      const isRefused = failure !== undefined && aboutValues.has(failure.routine);
      const known = before
        .get(relation.oid)
        ?.columns.map((column) => column.name)
        .slice(0, width);
      const isMoved =
        known !== undefined &&
        known.some(
          (column, i) =>
            column !== met[i] &&
            // A column that was only renamed takes its value as before.
            (findColumn(relation, column) !== undefined || known.includes(met[i] ?? '')),
        );
      if (strangers.length === 0 && !isRefused && !isMoved) return [];
      return [
        {
          code: 'INS003',
          object: nameOf(relation),
          expected: `${width ?? 'all'} values in the column order that the release knows`,
          actual: `the values go to ${met.join(', ')}${isRefused ? `: ${failure.message}` : ''}`,
          operations: [name],
          explains: [name],
          ...(isRefused ? { sqlstate: failure.sqlstate } : {}),
          hint: 'Name the columns in the INSERT; the old order of columns cannot be restored.',
        },
      ];
    }),
  );
};
