// Which tables the body of a function writes whenever it runs.
import type { CheckedBody } from '../check/check-context.ts';

/** A table that the body makes itself may be a temporary one, and where it makes it is not known. */
export function listWritten({ analysis, made }: CheckedBody): string[] {
  if (analysis === undefined || !analysis.isPlain) return [];
  const names = analysis.relations
    .filter(({ access, name, schema }) => access !== 'read' && !made.has(name) && schema !== 'pg_temp')
    .map(({ name }) => name);
  return [...new Set(names)];
}
