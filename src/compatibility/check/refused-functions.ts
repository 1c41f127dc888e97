// PostgreSQL names a function that the role may not execute by its bare name only: asks the catalogue which ones that can be.
// Asked only where it refused something.
import { readRefusedFunctions } from '../../database/catalogue/catalogue.ts';
import type { Description, ExplainAnswer, Inspection } from '../../database/database.ts';
import type { RefusedFunction } from '../../model/function-state.ts';

/** Each word of a refusal may be the name, whatever the language. */
export async function findRefusedFunctions(
  session: Inspection,
  answers: Iterable<Description | ExplainAnswer | undefined>,
): Promise<readonly RefusedFunction[]> {
  const names = new Set<string>();
  for (const answer of answers) {
    if (answer?.ok !== false || answer.error.sqlstate !== '42501') continue;
    for (const [word] of answer.error.message.matchAll(/[\p{L}\p{N}_$]+/gu)) names.add(word);
    // A name with spaces stands at the end.
    const [, rest] = /^\S+ \S+ \S+ \S+ (.+)$/.exec(answer.error.message) ?? [];
    if (rest !== undefined) names.add(rest);
  }
  return names.size === 0 ? [] : readRefusedFunctions(session, [...names].sort());
}
