// A change of a table's column shows in every view over it. It is reported once, for the table, with the operations of
// all.
import type { Column, Relation } from '../../model/relation.ts';
import { nameOf, type CheckContext, type Draft } from '../check/check-context.ts';

export interface RootedDraft extends Draft {
  readonly relation: Relation;
  readonly column: Column;
}

/** Drafts about view columns get the name of the table's column when that has a draft. */
export function mergeIntoRoots({ catalogue }: CheckContext, drafts: readonly RootedDraft[]): Draft[] {
  const byObject = new Map(drafts.map((draft) => [draft.object, draft]));
  return drafts.map(({ relation, column, ...draft }): Draft => {
    let [at, own] = [relation, column];
    for (let depth = 0; depth < 8 && own.origin !== undefined; depth += 1) {
      const { origin } = own;
      const base = catalogue.relations.find(({ oid }) => oid === origin.relation);
      const root = base?.columns.find(({ number }) => number === origin.column);
      if (base === undefined || root === undefined) break;
      [at, own] = [base, root];
    }
    const root = byObject.get(`${nameOf(at)}.${own.name}`);
    if (root === undefined || at === relation || root.code !== draft.code) return draft;
    const { object, expected, actual, hint } = root;
    return { ...draft, object, expected, actual, hint };
  });
}
