// Recognises objects that were only renamed since the cut, so that definitions that follow a rename count as unchanged.
import type { Catalogue } from '../../model/catalogue.ts';
import type { AskedName } from '../../model/qualified-name.ts';
import type { Relation } from '../../model/relation.ts';
import type { RelationBaseline } from '../../model/contract.ts';
import { baselineRelations } from './baseline.ts';
import {
  findColumn,
  findRelation,
  homeSchema,
  parseName,
  quoteRelation,
  type CheckContext,
} from '../check/check-context.ts';
import { digestView, replaceNames, replaceRelations } from './definitions.ts';
import { toRelativeType } from './relative-names.ts';

/** Old names → new names: a new column of the same type is in the place of a column that is gone. */
export function findRenamedColumns(
  catalogue: Catalogue,
  baseline: RelationBaseline,
  relation: Relation,
): ReadonlyMap<string, string> {
  const renamed = new Map<string, string>();
  for (const [i, before] of baseline.columns.entries()) {
    const now = relation.columns[i];
    if (now === undefined || now.name === before.name || toRelativeType(catalogue, now.type) !== before.type)
      continue;
    const isGone = !relation.columns.some(({ name }) => name === before.name);
    const isNew = !baseline.columns.some(({ name }) => name === now.name);
    if (isGone && isNew) renamed.set(now.name, before.name);
  }
  return renamed;
}

/** By OID, because many paths may reach one view. */
const found = new WeakMap<CheckContext, Map<number, AskedName | undefined>>();

/** The view's definition with the names that its columns, tables and views had at the cut. */
export function undoRenames(context: CheckContext, view: Relation): string {
  const { catalogue } = context;
  const known = new Map(baselineRelations(context).map(({ relation, baseline }) => [relation.oid, baseline]));
  const oldNames = new Map<string, string>();
  const moved = new Map<string, string>();
  for (const relation of catalogue.relations.filter(({ oid }) => view.behind.includes(oid))) {
    const baseline = known.get(relation.oid);
    if (baseline !== undefined)
      for (const [now, old] of findRenamedColumns(catalogue, baseline, relation)) oldNames.set(now, old);
    else {
      const old = findOldName(context, relation);
      if (old === undefined) continue;
      if (relation.name !== old.name) oldNames.set(relation.name, old.name);
      else if (relation.schema !== homeSchema(catalogue))
        moved.set(quoteRelation(relation), quoteRelation(old));
    }
  }
  return replaceNames(replaceRelations(view.definition, moved), oldNames);
}

function findOldName(context: CheckContext, relation: Relation): AskedName | undefined {
  let known = found.get(context);
  if (known === undefined) found.set(context, (known = new Map()));
  if (!known.has(relation.oid)) {
    // Views may refer to each other in a circle, although reading them fails.
    known.set(relation.oid, undefined);
    known.set(relation.oid, lookUpOldName(context, relation));
  }
  return known.get(relation.oid);
}

/** The one table or view of the baseline that it was: by its columns, and for a view also by its definition. */
function lookUpOldName(context: CheckContext, relation: Relation): AskedName | undefined {
  const { catalogue, release } = context;
  const isView = relation.kind === 'v';
  const definition = isView ? digestView(undoRenames(context, relation)) : undefined;
  const candidates = [...(release.contract?.relations ?? [])].flatMap(([written, baseline]) => {
    const name = parseName(written);
    const isTable = baseline.kind === 'table' || baseline.kind === 'partitioned';
    const isThere = ['r', 'p'].includes(findRelation(catalogue, name)?.kind ?? '');
    if (
      isView ? baseline.definition === undefined || baseline.definition !== definition : !isTable || isThere
    )
      return [];
    const isLike = baseline.columns.every(({ name: column, type }) => {
      const now = findColumn(relation, column);
      return now !== undefined && toRelativeType(catalogue, now.type) === type;
    });
    return isLike ? [name] : [];
  });
  return candidates.length === 1 ? candidates[0] : undefined;
}
