// REL005: a materialized view that a statement reads, directly or through views, has never been filled. Plans succeed;
// calls fail.
import type { Catalogue } from '../../../model/catalogue.ts';
import type { Relation } from '../../../model/relation.ts';
import {
  nameOf,
  quoteRelation,
  type CheckedOperation,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';
import { relationsOf } from '../../check/sql-failures.ts';

export const findMaterializedViewEmpty: Rule = (context) => {
  const { catalogue, operations } = context;
  // Usually all are filled, and nothing else needs a check.
  if (catalogue.relations.every(isFilled)) return [];
  return operations.flatMap((checked): Draft[] => {
    const read = relationsOf(context, checked).filter((relation) => isRead(checked, relation));
    return [...new Set(read.flatMap((relation) => findEmpty(catalogue, relation)))].map((relation) => ({
      code: 'REL005',
      object: nameOf(relation),
      expected: 'a materialized view with data',
      actual: 'no data: it was never refreshed, or refreshed WITH NO DATA',
      operations: [checked.name],
      sqlstate: '55000',
      hint: 'Refresh the materialized view; until then it cannot be read.',
      migration: listRefreshes(catalogue, relation).join('\n'),
    }));
  });
};

function isFilled({ kind, populated }: Relation): boolean {
  return kind !== 'm' || populated;
}

/** An INSERT into a view does not read the tables behind it. */
function isRead({ analysis }: CheckedOperation, relation: Relation): boolean {
  return (analysis?.relations ?? []).some(
    ({ schema, name, access }) =>
      name === relation.name && (schema ?? relation.schema) === relation.schema && access !== 'insert',
  );
}

/** A filled materialized view does not read what is behind it. `seen`: many paths may reach one view. */
function findEmpty(catalogue: Catalogue, relation: Relation, seen = new Set<number>()): Relation[] {
  if (seen.has(relation.oid)) return [];
  seen.add(relation.oid);
  if (relation.kind === 'm') return relation.populated ? [] : [relation];
  return relation.kind === 'v'
    ? listBehind(catalogue, relation).flatMap((one) => findEmpty(catalogue, one, seen))
    : [];
}

/** Views that it reads itself come first. */
function listRefreshes(catalogue: Catalogue, relation: Relation, seen = new Set<number>()): string[] {
  if (seen.has(relation.oid)) return [];
  seen.add(relation.oid);
  const below = new Set<number>();
  const before = listBehind(catalogue, relation)
    .flatMap((one) => findEmpty(catalogue, one, below))
    .flatMap((one) => listRefreshes(catalogue, one, seen));
  return [...before, `refresh materialized view ${quoteRelation(relation)};`];
}

function listBehind({ relations }: Catalogue, { behind }: Relation): Relation[] {
  return relations.filter(({ oid }) => behind.includes(oid));
}
