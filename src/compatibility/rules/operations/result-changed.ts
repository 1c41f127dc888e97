// OPS003: a result column has another type than at the cut. OPS004: a result column is missing, or occurs twice.
import type { CheckedOperation, Draft, Rule } from '../../check/check-context.ts';
import { compareTypes } from '../../facts/column-types.ts';
import { isSameEnum } from '../../facts/same-enum.ts';
import type { FindingCode } from '../../check/finding-codes.ts';
import { measureField } from '../../measure/measure-operation.ts';
import { spellType, toComparedType } from '../../facts/relative-names.ts';

/** Findings about the causes of the result report it already. */
const causes: ReadonlySet<FindingCode> = new Set([
  'REL001',
  'COL001',
  'COL002',
  'COL003',
  'FUN001',
  'FUN002',
  'FUN003',
]);

export const findResultChanged: Rule = (context) =>
  context.operations.flatMap((checked) => {
    const before = context.release.contract?.operations.get(checked.name);
    if (before === undefined || checked.description?.ok !== true) return [];
    const now = checked.description.fields.map((field) => measureField(context.catalogue, field));
    return before.results.flatMap((old, i): Draft[] => {
      const same = before.results.filter(({ name }) => name === old.name);
      const found = same.length === 1 ? now.find(({ name }) => name === old.name) : now[i];
      const object = `${checked.name}.${old.name}`;
      const count = now.filter(({ name }) => name === old.name).length;
      // A row is an object: of columns with the same name, a caller usually sees the last one.
      if (count > same.length) {
        const actual = `${count} result columns are named ${old.name}`;
        return [
          toDraft('OPS004', checked, { object, expected: `${sayCount(same.length)} of this name`, actual }),
        ];
      }
      if (found === undefined || found.name !== old.name) {
        const actual = `the result has ${now.map(({ name }) => name).join(', ') || 'no columns'}`;
        return [toDraft('OPS004', checked, { object, expected: `a result column ${old.name}`, actual })];
      }
      const [expected, actual] = [
        toComparedType(context.catalogue, old),
        toComparedType(context.catalogue, found),
      ];
      const difference = compareTypes(expected, actual);
      if (isSameEnum(context, old, actual)) return [];
      if (difference !== 'other' && difference !== 'alike') return [];
      const draft = toDraft('OPS003', checked, {
        object,
        expected: spellType(old),
        actual: spellType(found),
      });
      return [difference === 'alike' ? { ...draft, severity: 'warn' } : draft];
    });
  });

function sayCount(count: number): string {
  return count === 1 ? 'one result column' : `${count} result columns`;
}

function toDraft(
  code: 'OPS003' | 'OPS004',
  { name }: CheckedOperation,
  said: Pick<Draft, 'object' | 'expected' | 'actual'>,
): Draft {
  return {
    ...said,
    code,
    operations: [name],
    hint: 'Cast the column in the statement, or serve a release that expects this result.',
    yieldsTo: (other) => causes.has(other.code) && other.operations.includes(name),
  };
}
