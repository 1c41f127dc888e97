// Which operations use a column. A baseline that `cut` measured has it from pg_depend. Otherwise the parse tree shows
// it: each name belongs to the reachable relation that has, or had, a column of that name.
import type { Relation } from '../../model/relation.ts';
import type { RelationBaseline } from '../../model/contract.ts';
import type { ColumnUse, JoinSide, RelationName } from '../../sql/statement.ts';
import {
  findColumn,
  findContract,
  findRelation,
  operationsOn,
  parseName,
  type CheckContext,
  type CheckedOperation,
} from '../check/check-context.ts';

export interface AskedColumn {
  readonly relation: Relation;
  readonly column: string;
}

/** Names of the operations that name the relation and the column, or every column. */
export function operationsUsing(context: CheckContext, relation: Relation, column: string): string[] {
  const written = writtenNames(context, relation);
  return operationsOn(context, relation)
    .filter((checked) => {
      const columns = context.release.contract?.operations.get(checked.name)?.columns;
      if (columns !== undefined && columns.size > 0)
        return written.some((name) => columns.get(name)?.includes(column) === true);
      return usesColumn(context, checked, { relation, column });
    })
    .map(({ name }) => name);
}

/** When the column is missing, PostgreSQL may report nothing: `*` returns one column less, or a name means another column. */
export function missesSilently(
  context: CheckContext,
  { analysis }: CheckedOperation,
  asked: AskedColumn,
): boolean {
  if (insertsUnlisted(context, analysis?.inserts ?? [], asked)) return true;
  const { catalogue } = context;
  return (analysis?.columns ?? []).some((use) => {
    if (!means(context, use, asked)) return false;
    if (use.column !== asked.column) return true;
    return use.levels.flat().some((name) => {
      const relation = findRelation(catalogue, name);
      return relation !== undefined && findColumn(relation, asked.column) !== undefined;
    });
  });
}

/** `access`: count only this kind of use. */
export function usesColumn(
  context: CheckContext,
  { analysis }: CheckedOperation,
  asked: AskedColumn,
  access?: ColumnUse['access'],
): boolean {
  if (access !== 'read' && access !== 'update' && insertsUnlisted(context, analysis?.inserts ?? [], asked))
    return true;
  return (analysis?.columns ?? []).some(
    (use) => (access === undefined || use.access === access) && means(context, use, asked),
  );
}

/** It writes to the relation and also reads it: in a condition, in RETURNING, or to find a conflict. */
export function readsBack(context: CheckContext, checked: CheckedOperation, relation: Relation): boolean {
  const isTarget = checked.analysis?.conflicts.some(
    (conflict) =>
      conflict.kind !== 'any' && findRelation(context.catalogue, conflict.relation)?.oid === relation.oid,
  );
  return (
    isTarget === true ||
    relation.columns.some(({ name }) => usesColumn(context, checked, { relation, column: name }, 'read'))
  );
}

/** The statement names the column at a place where the relation is reachable. */
export function namesColumn(
  { catalogue }: CheckContext,
  { analysis }: CheckedOperation,
  { relation, column }: AskedColumn,
): boolean {
  return (analysis?.columns ?? []).some(
    (use) =>
      use.column === column &&
      use.levels.some((level) => level.some((name) => findRelation(catalogue, name)?.oid === relation.oid)),
  );
}

/** The relation as it was at the cut. */
export function baselineOf(context: CheckContext, relation: Relation): RelationBaseline | undefined {
  const [written] = writtenNames(context, relation);
  return written === undefined ? undefined : context.release.contract?.relations.get(written);
}

/** The relation had the column, at the cut or by the contract. `undefined` when neither knows the relation. */
export function hadColumn(context: CheckContext, relation: Relation, column: string): boolean | undefined {
  const baseline = baselineOf(context, relation);
  if (baseline !== undefined) return baseline.columns.some(({ name }) => name === column);
  return findContract(context, relation)?.columns.has(column) === true ? true : undefined;
}

const names = new WeakMap<CheckContext, ReadonlyMap<number, readonly string[]>>();

/** The keys under which the baseline has the relation. */
function writtenNames(context: CheckContext, relation: Relation): readonly string[] {
  let known = names.get(context);
  if (known === undefined) names.set(context, (known = groupNames(context)));
  return known.get(relation.oid) ?? [];
}

function groupNames({ release, catalogue }: CheckContext): Map<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const written of release.contract?.relations.keys() ?? []) {
    const relation = findRelation(catalogue, parseName(written));
    if (relation !== undefined) groups.set(relation.oid, [...(groups.get(relation.oid) ?? []), written]);
  }
  return groups;
}

function means(context: CheckContext, use: ColumnUse, { relation, column }: AskedColumn): boolean {
  const isAsked = (name: RelationName): boolean =>
    findRelation(context.catalogue, name)?.oid === relation.oid;
  if (use.column === undefined)
    return (
      use.levels.some((level) => level.some(isAsked)) &&
      (use.naturalWith === undefined || mayHave(context, use.naturalWith, column))
    );
  if (use.column !== column) return use.row !== undefined && isAsked(use.row) && !isColumn(context, use);
  for (const level of use.levels) {
    const others = level.filter((name) => !isAsked(name));
    if (others.length < level.length)
      return (
        findColumn(relation, column) !== undefined || !others.some((name) => holds(context, name, column))
      );
    // A name of an inner query hides the same name of an outer one.
    if (others.some((name) => holds(context, name, column))) return false;
  }
  return false;
}

/** Then the name means that column, and not the whole row. */
function isColumn(context: CheckContext, { column, levels }: ColumnUse): boolean {
  return levels.flat().some((name) => {
    const relation = findRelation(context.catalogue, name);
    if (relation === undefined || column === undefined) return false;
    return findColumn(relation, column) !== undefined || hadColumn(context, relation, column) === true;
  });
}

/** It has the column, and is not known to have gained it since the cut. */
function holds(context: CheckContext, name: RelationName, column: string): boolean {
  const relation = findRelation(context.catalogue, name);
  return (
    relation !== undefined &&
    findColumn(relation, column) !== undefined &&
    hadColumn(context, relation, column) === true
  );
}

function mayHave(context: CheckContext, { relations, columns, isOpen }: JoinSide, column: string): boolean {
  return (
    isOpen ||
    columns.includes(column) ||
    relations.some((name) => {
      const relation = findRelation(context.catalogue, name);
      if (relation === undefined) return true;
      return findColumn(relation, column) !== undefined || hadColumn(context, relation, column) === true;
    })
  );
}

/** An INSERT without a column list writes the first columns. */
function insertsUnlisted(
  context: CheckContext,
  inserts: NonNullable<CheckedOperation['analysis']>['inserts'],
  { relation, column }: AskedColumn,
): boolean {
  return inserts.some((insert) => {
    if (insert.columns !== undefined || insert.source === 'default-values') return false;
    if (findRelation(context.catalogue, insert.relation)?.oid !== relation.oid) return false;
    const order = (baselineOf(context, relation) ?? relation).columns.map(({ name }) => name);
    const place = order.indexOf(column);
    return place < 0 || insert.width === undefined || place < insert.width;
  });
}
