// Which tables a function's body writes on every run.
import type { CheckedBody } from '../check/check-context.ts';

/** A table that the body creates may be temporary, and where it is created is unknown. */
export function listWritten({ analysis, made }: CheckedBody): string[] {
  if (analysis === undefined || !analysis.isPlain) return [];
  const names = analysis.relations
    .filter(({ access, name, schema }) => access !== 'read' && !made.has(name) && schema !== 'pg_temp')
    .map(({ name }) => name);
  return [...new Set(names)];
}
