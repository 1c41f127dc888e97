// Recognises what was only renamed since the cut, so that definitions that follow a rename read as they did.
import type { Catalogue, Relation } from '../model/catalogue.ts';
import type { RelationBaseline } from '../model/contract.ts';
import { baselineRelations } from './baseline.ts';
import { findColumn, findRelation, parseName, type CheckContext } from './check-context.ts';
import { replaceNames } from './definitions.ts';
import { toRelativeType } from './relative-names.ts';

/** Old names by new ones: in the place of a column that is gone stands one of its type that was not there. */
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

/** The view's definition with the names that columns and tables behind it had at the cut. */
export function undoRenames(context: CheckContext, view: Relation): string {
  const { catalogue } = context;
  const known = new Map(baselineRelations(context).map(({ relation, baseline }) => [relation.oid, baseline]));
  const oldNames = new Map<string, string>();
  for (const relation of catalogue.relations.filter(({ oid }) => view.behind.includes(oid))) {
    const baseline = known.get(relation.oid);
    if (baseline !== undefined)
      for (const [now, old] of findRenamedColumns(catalogue, baseline, relation)) oldNames.set(now, old);
    else {
      const old = findOldName(context, relation);
      if (old !== undefined) oldNames.set(relation.name, old);
    }
  }
  return replaceNames(view.definition, oldNames);
}

/** The one table of the baseline with these columns that is no longer there under its name. */
function findOldName({ catalogue, release }: CheckContext, relation: Relation): string | undefined {
  const candidates = [...(release.contract?.relations ?? [])].flatMap(([written, baseline]) => {
    const name = parseName(written);
    const isTable = baseline.kind === 'table' || baseline.kind === 'partitioned';
    const isThere = ['r', 'p'].includes(findRelation(catalogue, name)?.kind ?? '');
    if (!isTable || isThere) return [];
    const isLike = baseline.columns.every(({ name: column, type }) => {
      const now = findColumn(relation, column);
      return now !== undefined && toRelativeType(catalogue, now.type) === type;
    });
    return isLike ? [name.name] : [];
  });
  return candidates.length === 1 ? candidates[0] : undefined;
}
