// How a migration is recognised: by the number or name that its tool writes into the ledger, and by what people write of it
// in `upTo` and in waivers. Pure.

/** `000042` and `42` are one version. */
export function numberKey(digits: string): string {
  return /^\d+$/.test(digits) ? BigInt(digits).toString() : digits;
}

/** `1.02`, `1_2` and `1.2.0` are one version. */
export function flywayVersion(version: string): string {
  const parts = version.split(/[._]/).map(numberKey);
  while (parts.length > 1 && parts.at(-1) === '0') parts.pop();
  return parts.join('.');
}

/** The name without folder and endings; of a bare number the number. */
export function plainKey(name: string): string {
  const stem = name.slice(name.lastIndexOf('/') + 1).replace(/(\.up)?\.sql$/i, '');
  return numberKey(stem);
}

/** The digits at the beginning of a name; `undefined` when it begins otherwise. */
export function leadingNumber(name: string): string | undefined {
  const digits = /^\d+(?=$|[^\d])/.exec(name)?.[0];
  return digits === undefined ? undefined : numberKey(digits);
}

/**
 * The one that somebody means: by its name, its key, the number that it begins with, or the beginning of its name up to a
 * sign. `undefined` when there is none, or several.
 */
export function findNamed<M extends { readonly name: string; readonly key: string }>(
  migrations: readonly M[],
  wanted: string,
): M | undefined {
  const number = /^\d+$/.test(wanted) ? numberKey(wanted) : undefined;
  const ways: ((one: M) => boolean)[] = [
    ({ name }) => name === wanted,
    ({ key }) => key === wanted || key === flywayVersion(wanted),
    ({ name }) => number !== undefined && leadingNumber(name) === number,
    ({ name }) => name.startsWith(wanted) && /^[^A-Za-z0-9]/.test(name.slice(wanted.length)),
  ];
  for (const way of ways) {
    const found = migrations.filter(way);
    if (found.length > 0) return found.length === 1 ? found[0] : undefined;
  }
  return undefined;
}
