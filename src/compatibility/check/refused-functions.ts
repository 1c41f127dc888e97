// PostgreSQL names a function that the role may not execute by its bare name only: asks the catalogue which ones that can be.
// Asked only where it refused one.
import { readRefusedFunctions } from '../../database/catalogue/catalogue.ts';
import type { Description, Explanation, Inspection, SqlError } from '../../database/database.ts';
import type { RefusedFunction } from '../../model/function-state.ts';

/** Undefined: the refusal is about something else. */
export function readRefusedName(failure: SqlError | undefined): string | undefined {
  if (failure?.sqlstate !== '42501') return undefined;
  return /^permission denied for function (.+)$/.exec(failure.message)?.[1];
}

export async function findRefusedFunctions(
  session: Inspection,
  answers: Iterable<Description | Explanation | undefined>,
): Promise<readonly RefusedFunction[]> {
  const names = new Set<string>();
  for (const answer of answers) {
    const name = answer?.ok === false ? readRefusedName(answer.error) : undefined;
    if (name !== undefined) names.add(name);
  }
  return names.size === 0 ? [] : readRefusedFunctions(session, [...names].sort());
}
