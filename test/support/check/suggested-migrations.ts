// The migrations that findings suggest, as a test applies them.
import { isBlocking, type Finding } from '../../../src/model/finding.ts';

export const suggestionsOf = (findings: readonly Finding[]): string[] => [
  ...new Set(findings.filter(isBlocking).flatMap(({ migration }) => migration ?? [])),
];

/** One by one. The rig's owner sets the search_path in the same breath, which CONCURRENTLY does not allow everywhere. */
export function splitLines(migration: string): string[] {
  return migration.replace(' concurrently', '').split('\n');
}
