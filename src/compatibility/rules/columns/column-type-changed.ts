// COL002: a column has another type than in the contract or at the cut. COL003: the same type, narrower.
import type { ColumnBaseline } from '../../../model/contract.ts';
import type { AskedName } from '../../../model/qualified-name.ts';
import type { Column, Relation } from '../../../model/relation.ts';
import { baselineRelations, findUsers, namesOf } from '../../facts/baseline.ts';
import {
  contractRelations,
  declaredColumns,
  findColumn,
  nameOf,
  parseName,
  type CheckContext,
  type Rule,
} from '../../check/check-context.ts';
import {
  comparable,
  compareTypes,
  isNarrowing,
  type ComparedType,
  type TypeComparison,
} from '../../facts/column-types.ts';
import { baselineOf, operationsUsing } from '../../facts/column-users.ts';
import { spellType, toComparedType } from '../../facts/relative-names.ts';
import { isSameEnum } from '../../facts/same-enum.ts';
import { mergeIntoRoots, type RootedDraft } from '../../facts/view-roots.ts';

export const findColumnTypeChanged: Rule = (context) =>
  mergeIntoRoots(context, [...findDeclared(context), ...findMeasured(context)]);

function findDeclared(context: CheckContext): RootedDraft[] {
  return contractRelations(context).flatMap(({ written, relation }) =>
    [...(context.release.schema.tables.get(written)?.columns ?? [])].flatMap(
      ([name, { type }]): RootedDraft[] => {
        const column = findColumn(relation, name);
        if (column === undefined || type === undefined) return [];
        const spelled = context.types.get(type);
        const toDraft = draftFor(context, { relation, column, expected: type });
        const before = baselineOf(context, relation)?.columns.find((one) => one.name === name);
        if (before !== undefined && isSameUnderneath(before, column)) return [];
        if (before !== undefined && isSameEnum(context, before, column.type)) return [];
        // The role may not use the type's schema, but the column has the type.
        if (spelled === undefined && isSpelledLike(parseName(type), column)) return [];
        if (spelled === undefined)
          return [
            { ...toDraft('COL002'), actual: `${column.type.text}; the type ${type} does not exist here` },
          ];
        const expected = { schema: spelled.type.schema, name: spelled.type.name, typmod: spelled.typmod };
        const difference = compareTypes(expected, comparable(column.type));
        const code = codeOf(difference, isNarrowing(expected, comparable(column.type)));
        return code === undefined ? [] : [weigh(toDraft(code), difference)];
      },
    ),
  );
}

/** Parts that the contract leaves out, such as a limit: `varchar` was varchar(50). */
function findMeasured(context: CheckContext): RootedDraft[] {
  const declared = declaredColumns(context);
  return baselineRelations(context).flatMap(({ baseline, relation }) =>
    baseline.columns.flatMap((before): RootedDraft[] => {
      const column = findColumn(relation, before.name);
      if (column === undefined || isSameUnderneath(before, column)) return [];
      const expected = toComparedType(context.catalogue, before);
      const actual = comparable(column.type);
      if (isSameEnum(context, before, column.type)) return [];
      const difference = hasOtherBase(before, column)
        ? 'other'
        : isLimitedNow(expected, actual)
          ? 'narrower'
          : compareTypes(expected, actual);
      const code = codeOf(difference, isNarrowing(expected, actual) && !hasOtherBase(before, column));
      if (code === undefined) return [];
      const isDeclared = declared.get(relation.oid)?.get(before.name)?.type !== undefined;
      if (isDeclared && code === 'COL002' && !hasOtherBase(before, column)) return [];
      const draft = draftFor(context, { relation, column, expected: spellType(before) })(code);
      return draft.operations.length === 0 && !isDeclared ? [] : [weigh(draft, difference)];
    }),
  );
}

/** A measured type without a limit had none: `numeric` that became numeric(8,2). A declaration may omit the limit. */
function isLimitedNow(expected: ComparedType, actual: ComparedType): boolean {
  return compareTypes(expected, actual) === 'same' && expected.typmod === -1 && actual.typmod !== -1;
}

function codeOf(comparison: TypeComparison, isNarrower: boolean): 'COL002' | 'COL003' | undefined {
  if (comparison === 'narrower') return 'COL003';
  if (comparison === 'alike') return 'COL002';
  if (comparison !== 'other') return undefined;
  return isNarrower ? 'COL003' : 'COL002';
}

/** A domain that was renamed, moved or replaced by its base type, or the reverse: values are sent in the same way. */
function isSameUnderneath(before: ColumnBaseline, { type }: Column): boolean {
  if (before.base === undefined && type.domain === undefined) return false;
  return (before.base ?? spellType(before)) === (type.domain?.base ?? type.text);
}

/** Values are sent in the same way, so this does not explain a statement that PostgreSQL refuses. */
function weigh(draft: RootedDraft, difference: TypeComparison): RootedDraft {
  return difference === 'alike' ? { ...draft, severity: 'warn', explains: [] } : draft;
}

function isSpelledLike({ schema, name }: AskedName, { type }: Column): boolean {
  return name === type.name && (schema ?? type.schema) === type.schema;
}

/** A domain of the same name with another base type. */
function hasOtherBase({ base }: ColumnBaseline, { type }: Column): boolean {
  const plain = (text: string): string => text.replace(/\(.*\)/, '');
  return base !== undefined && type.domain !== undefined && plain(base) !== plain(type.domain.base);
}

function draftFor(
  context: CheckContext,
  {
    relation,
    column,
    expected,
  }: { readonly relation: Relation; readonly column: Column; readonly expected: string },
): (code: 'COL002' | 'COL003') => RootedDraft {
  return (code): RootedDraft => {
    const direct = operationsUsing(context, relation, column.name);
    // A view that computes something from the column hides its name.
    const users = findUsers(context, relation).filter(({ words }) => words.has(column.name));
    const hit = direct.length > 0 ? direct : namesOf(users);
    return {
      code,
      relation,
      column,
      object: `${nameOf(relation)}.${column.name}`,
      expected,
      actual:
        column.type.domain === undefined
          ? column.type.text
          : `${column.type.text}, which is ${column.type.domain.base}`,
      operations: hit,
      explains: hit,
      hint: `Change the column's type back to ${expected}, or serve a release that knows ${column.type.text}.`,
    };
  };
}
