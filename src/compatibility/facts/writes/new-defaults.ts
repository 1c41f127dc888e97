// Which columns of an INSERT get a default that they did not have at the cut.
import type { Column, Relation } from '../../../model/relation.ts';
import type { CheckContext } from '../../check/check-context.ts';
import { baselineOf } from '../column-users.ts';
import type { Write } from './writes.ts';

export interface NewDefault {
  readonly relation: Relation;
  readonly column: Column;
}

export function findNewDefaults(context: CheckContext, { kind, relation, columns }: Write): NewDefault[] {
  const baseline = baselineOf(context, relation);
  if (kind !== 'insert' || columns === undefined || baseline === undefined) return [];
  return relation.columns.flatMap((column) => {
    const before = baseline.columns.find(({ name }) => name === column.name);
    const given = columns.find((one) => one.column.name === column.name);
    const isLeft = given === undefined || given.value?.kind === 'default';
    const isNew = isLeft && column.hasDefault && !column.generated && before?.default !== true;
    return isNew ? [{ relation, column }] : [];
  });
}
