// How a migration is identified: by the number or name that its tool writes into the ledger, and by the name that
// people write in `upTo` and in waivers. Pure.

/** `000042` and `42` are the same version. */
export function numberKey(digits: string): string {
  return /^\d+$/.test(digits) ? BigInt(digits).toString() : digits;
}

/** `1.02`, `1_2` and `1.2.0` are the same version. */
export function flywayVersion(version: string): string {
  const parts = version.split(/[._]/).map(numberKey);
  while (parts.length > 1 && parts.at(-1) === '0') parts.pop();
  return parts.join('.');
}

/** The name without folder and extensions; for a plain number, the number. */
export function plainKey(name: string): string {
  const stem = name.slice(name.lastIndexOf('/') + 1).replace(/(\.up)?\.sql$/i, '');
  return numberKey(stem);
}

/** The digits at the beginning of a name; `undefined` when none exist. */
export function leadingNumber(name: string): string | undefined {
  const digits = /^\d+(?=$|[^\d])/.exec(name)?.[0];
  return digits === undefined ? undefined : numberKey(digits);
}

/**
 * The migration that somebody means: by its name, its key, its leading number, or the beginning of its name up to a
 * punctuation character. `undefined` when none or several match.
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
