// PostgreSQL reports a function that the role may not execute only by its bare name: reads from the catalogue which
// functions that can be. Needed only after a refusal.
import { readRefusedFunctions } from '../../database/catalogue/catalogue.ts';
import type { Description, ExplainAnswer, Inspection } from '../../database/database.ts';
import type { RefusedFunction } from '../../model/function-state.ts';

/** In any language, each word of a refusal may be the name. */
export async function findRefusedFunctions(
  session: Inspection,
  answers: Iterable<Description | ExplainAnswer | undefined>,
): Promise<readonly RefusedFunction[]> {
  const names = new Set<string>();
  for (const answer of answers) {
    if (answer?.ok !== false || answer.error.sqlstate !== '42501') continue;
    for (const [word] of answer.error.message.matchAll(/[\p{L}\p{N}_$]+/gu)) names.add(word);
    // A name with spaces is at the end.
    const [, rest] = /^\S+ \S+ \S+ \S+ (.+)$/.exec(answer.error.message) ?? [];
    if (rest !== undefined) names.add(rest);
  }
  return names.size === 0 ? [] : readRefusedFunctions(session, [...names].sort());
}
