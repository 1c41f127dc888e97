// Compares types as releases name them with types as columns have them: the same, wider, narrower or different.
import type { ColumnType } from '../../model/relation.ts';

export interface ComparedType {
  readonly schema: string;
  readonly name: string;
  /** -1: none. */
  readonly typmod: number;
}

/** `alike`: another type whose values are sent in the same way, or nearly so. */
export type TypeComparison = 'same' | 'wider' | 'narrower' | 'alike' | 'other';

/** Original type → types that can hold all its values and send them as the same JSON, except for the format of texts. */
const alike: ReadonlyMap<string, readonly string[]> = new Map([
  ['smallint', ['integer']],
  ['json', ['jsonb']],
  ['name', ['text', 'character varying']],
  ['bit', ['bit varying']],
]);

/** How `actual` relates to `expected`. A `character varying` that became `text` is wider. */
export function compareTypes(expected: ComparedType, actual: ComparedType): TypeComparison {
  const isBuiltIn = expected.schema === 'pg_catalog' && actual.schema === 'pg_catalog';
  if (isBuiltIn && expected.name === 'character varying' && actual.name === 'text') return 'wider';
  if (isBuiltIn && actual.typmod === -1 && alike.get(expected.name)?.includes(actual.name) === true)
    return 'alike';
  if (
    isBuiltIn &&
    expected.name === 'bit' &&
    actual.name === 'bit varying' &&
    actual.typmod >= expected.typmod
  )
    return 'alike';
  // Enum and domain types may have moved to another schema: their names and labels are compared, not their schemas.
  if (expected.name !== actual.name) return 'other';
  if ((expected.schema === 'pg_catalog') !== (actual.schema === 'pg_catalog')) return 'other';
  if (expected.typmod === actual.typmod || expected.typmod === -1) return 'same';
  if (actual.typmod === -1) return 'wider';
  if (expected.name !== 'numeric' && expected.name !== 'numeric[]')
    return actual.typmod < expected.typmod ? 'narrower' : 'wider';
  const before = readNumeric(expected.typmod);
  const after = readNumeric(actual.typmod);
  const isWide =
    after.scale >= before.scale && after.precision - after.scale >= before.precision - before.scale;
  if (!isWide) return 'narrower';
  // Otherwise 1.50 is written as 1.5000.
  return after.scale === before.scale ? 'wider' : 'alike';
}

/** When both are integers or both are text, and the second cannot hold all values of the first. */
export function isNarrowing(expected: ComparedType, actual: ComparedType): boolean {
  const sizes = ['smallint', 'integer', 'bigint', 'numeric'];
  const [before, after] = [sizes.indexOf(expected.name), sizes.indexOf(actual.name)];
  if (before >= 0 && after >= 0) return after < before;
  if (expected.name === 'double precision' && actual.name === 'real') return true;
  return (
    ['text', 'character varying'].includes(expected.name) &&
    ['character varying', 'character'].includes(actual.name) &&
    actual.typmod !== -1
  );
}

export function comparable({ schema, name, typmod }: ColumnType): ComparedType {
  return { schema, name, typmod };
}

function readNumeric(typmod: number): { readonly precision: number; readonly scale: number } {
  const value = typmod - 4;
  return { precision: (value >> 16) & 0xffff, scale: ((value & 0x7ff) ^ 1024) - 1024 };
}
