// Measures for the baseline which bodies of functions in SQL PostgreSQL can run: those that statements call, and those that
// these call. Only what could be run at the cut can be said to be broken later.
import { readCatalogue } from '../database/catalogue.ts';
import type { Inspection } from '../database/database.ts';
import { readRefusal } from './body-refusal.ts';
import type { CheckContext } from './check-context.ts';
import { askBodies, deepestCall } from './function-bodies.ts';

/** Functions whose bodies a release remembers. */
const mostBodies = 200;

/** Signatures, sorted. */
export async function measureBodies(session: Inspection, { operations }: CheckContext): Promise<string[]> {
  const names = new Set(
    operations.flatMap(({ analysis }) => (analysis?.functions ?? []).map(({ name }) => name)),
  );
  const sound = new Set<string>();
  let added = [...names];
  for (let depth = 1; depth <= deepestCall && added.length > 0; depth += 1) {
    const catalogue = await readCatalogue(session, {
      relations: [],
      enums: [],
      functions: [],
      bodies: added,
    });
    const bodies = await askBodies(session, catalogue);
    for (const one of bodies)
      if (readRefusal(catalogue, { ...one, denial: undefined }) === undefined) sound.add(one.signature);
    const called = bodies.flatMap(({ analysis }) => (analysis?.functions ?? []).map(({ name }) => name));
    added = [...new Set(called)].filter((name) => !names.has(name));
    for (const name of added) names.add(name);
  }
  return [...sound].sort().slice(0, mostBodies);
}
