// Spells a name so that PostgreSQL takes it as it is, whatever stands in it.

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
