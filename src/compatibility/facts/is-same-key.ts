// Whether two keys have the same columns, in any order.

/** `null` is an expression, which is not a column. */
export function isSameKey(a: readonly (string | null)[], b: readonly (string | null)[]): boolean {
  return a.length === b.length && spell(a) === spell(b);
}

function spell(key: readonly (string | null)[]): string {
  return key
    .map((column) => column ?? '')
    .sort()
    .join('\0');
}
