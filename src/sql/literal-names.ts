// Names of objects in string literals, as in `'sales.orders_id_seq'::regclass`.

/** The parts of a name as PostgreSQL folds them. */
export function splitName(written: string): string[] {
  return [...written.matchAll(/"((?:[^"]|"")*)"|[^.\s"]+/g)].map(([plain, quoted]) =>
    quoted === undefined ? plain.toLowerCase() : quoted.replaceAll('""', '"'),
  );
}

/** The parts of a literal that may be a name with a schema. */
export function readNameWithSchema(literal: string): string[] {
  return /^\s*(?:"[^"]+"|[\p{L}_][\p{L}\p{N}_$]{0,62})\s*\.\s*["\p{L}_]/u.test(literal)
    ? splitName(literal).slice(0, 2)
    : [];
}
