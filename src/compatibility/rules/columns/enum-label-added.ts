// ENM002, a warning: an enum has a label that is new since the cut. A caller of the release may now receive it.
import type { EnumType } from '../../../model/catalogue.ts';
import { findUsers, namesOf } from '../../facts/baseline.ts';
import { findEnum, parseName, type CheckContext, type Draft, type Rule } from '../../check/check-context.ts';

export const findEnumLabelAdded: Rule = (context) =>
  [...(context.release.contract?.enums ?? [])].flatMap(([written, labels]): Draft[] => {
    const found = findEnum(context.catalogue, parseName(written));
    const added = (found?.labels ?? []).filter((label) => !labels.includes(label));
    if (found === undefined || added.length === 0) return [];
    const hit = findReaders(context, found);
    if (hit.length === 0) return [];
    return added.map((label) => ({
      code: 'ENM002',
      object: `${found.schema}.${found.name}.${label}`,
      expected: `the labels ${labels.join(', ')}`,
      actual: `${label} was added`,
      operations: hit,
      // A renamed label is reported once, as the missing one.
      yieldsTo: (other) =>
        other.code === 'ENM001' && other.object.startsWith(`${found.schema}.${found.name}.`),
      hint: 'Make sure that callers can handle the label, then cut a release that knows it, or accept the finding.',
    }));
  });

/** Operations that return a value of the type. */
function findReaders(context: CheckContext, type: EnumType): string[] {
  const isOf = (name: string): boolean => name === type.name || name === `${type.name}[]`;
  const answering = context.operations.filter(
    ({ description }) =>
      description?.ok === true && description.fields.some((field) => isOf(field.type.name)),
  );
  if (answering.length > 0) return namesOf(answering);
  // A value may also be converted to text, compared or counted.
  const relations = context.catalogue.relations.filter(({ columns }) =>
    columns.some((column) => isOf(column.type.name)),
  );
  const readers = relations.flatMap((relation) =>
    findUsers(context, relation).filter(({ words }) =>
      relation.columns.some((column) => isOf(column.type.name) && words.has(column.name)),
    ),
  );
  return [...new Set(namesOf(readers))];
}
