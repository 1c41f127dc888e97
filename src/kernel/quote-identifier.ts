// Quotes names and texts so that PostgreSQL takes them unchanged, whatever they contain.

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Requires standard_conforming_strings to be on. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
