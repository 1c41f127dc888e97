// The objects that a statement names: for what PostgreSQL's dependencies leave out (targets of MERGE and ON CONFLICT),
// and as a generous guess when there are no dependencies. Names only; read-uses.ts looks them up.
import type { RelationName, Statement } from '../../sql/statement.ts';
import { readWords } from '../facts/read-words.ts';

export interface NamedUse {
  readonly operation: number;
  readonly relation: RelationName;
  /** `unique`: `key` are the columns of an ON CONFLICT target. `constraint`: `key` has its name. */
  readonly kind: 'column' | 'unique' | 'constraint';
  /** '*': every column; `undefined` when it names none. */
  readonly column: string | undefined;
  readonly key: readonly string[];
}

/** `isGuess`: there is no other information. */
export function nameUses(
  { analysis, text }: Statement,
  { operation, isGuess }: { readonly operation: number; readonly isGuess: boolean },
): NamedUse[] {
  if (analysis === undefined) return [];
  const column = (relation: RelationName, name: string | undefined): NamedUse => ({
    operation,
    relation,
    kind: 'column',
    column: name,
    key: [],
  });
  const guessed = isGuess ? [...readWords(text), ...(analysis.selectsStar ? ['*'] : [])] : [];
  const unlisted = isGuess ? ['*'] : [];
  return [
    ...analysis.relations.flatMap((relation) =>
      [undefined, ...guessed].map((name) => column(relation, name)),
    ),
    ...analysis.inserts.flatMap(({ relation, columns }) =>
      (columns ?? unlisted).map((name) => column(relation, name)),
    ),
    ...analysis.updates.flatMap(({ relation, assignments }) =>
      assignments.map((assignment) => column(relation, assignment.column)),
    ),
    ...analysis.conflicts.flatMap((conflict): NamedUse[] => {
      if (conflict.kind === 'any') return [];
      const { relation } = conflict;
      const target = { operation, relation, column: undefined };
      if (conflict.kind === 'constraint')
        return [{ ...target, kind: 'constraint', key: [conflict.constraint] }];
      const columns = conflict.columns.map((name) => column(relation, name));
      if (conflict.hasExpressionOrPredicate) return columns;
      return [...columns, { ...target, kind: 'unique', key: conflict.columns }];
    }),
  ];
}

/**
 * The columns that the statement can mean, when PostgreSQL reports more: in ON CONFLICT DO UPDATE every column counts
 * as used, because `excluded` has them all. `undefined` when PostgreSQL's answer is right.
 */
export function narrowColumns(
  { analysis, text }: Statement,
  relation: { readonly name: string },
): ReadonlySet<string> | undefined {
  if (analysis === undefined) return undefined;
  const isTarget = analysis.conflicts.some((conflict) => conflict.relation.name === relation.name);
  const isWhole =
    analysis.selectsStar ||
    analysis.inserts.some((insert) => insert.relation.name === relation.name && insert.columns === undefined);
  return isTarget && !isWhole ? readWords(text) : undefined;
}
