// Measures for the baseline which bodies of functions in SQL PostgreSQL can run: those that statements call, and those that
// these call. Only what could be run at the cut can be said to be broken later.
import { readCatalogue } from '../database/catalogue.ts';
import type { Inspection } from '../database/database.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import type { AskedName } from '../model/qualified-name.ts';
import type { BodyAnalysis } from '../sql/analyse-body.ts';
import { readRefusal } from './body-refusal.ts';
import type { CheckContext } from './check-context.ts';
import { askBodies, deepestCall } from './function-bodies.ts';
import { isWait } from './indeterminate.ts';

/** Functions whose bodies a release remembers. */
const mostBodies = 200;

/** Signatures, sorted. Throws SqlFailure when PostgreSQL could not look at one now. */
export async function measureBodies(session: Inspection, { operations }: CheckContext): Promise<string[]> {
  const names = new Map<string, AskedName>();
  let added = addNames(names, operations);
  const sound = new Set<string>();
  for (let depth = 1; depth <= deepestCall && added.length > 0; depth += 1) {
    const catalogue = await readCatalogue(session, {
      relations: [],
      enums: [],
      functions: [],
      bodies: added,
    });
    const bodies = await askBodies(session, catalogue);
    // What is not measured now would never be checked.
    const [wait] = bodies.flatMap(({ failure }) => (failure !== undefined && isWait(failure) ? failure : []));
    if (wait !== undefined) throw new SqlFailure(wait);
    const found = bodies.filter((one) => readRefusal(catalogue, { ...one, denial: undefined }) === undefined);
    for (const signature of found.map((one) => one.signature).sort()) sound.add(signature);
    added = addNames(names, bodies);
  }
  // Those that statements call before those that bodies call.
  return [...sound].slice(0, mostBodies).sort();
}

/** The functions that are called and were not known. */
function addNames(
  names: Map<string, AskedName>,
  callers: readonly { readonly analysis: Pick<BodyAnalysis, 'functions'> | undefined }[],
): AskedName[] {
  const before = names.size;
  for (const { analysis } of callers)
    for (const { schema, name } of analysis?.functions ?? [])
      names.set(JSON.stringify([schema, name]), { schema, name });
  return [...names.values()].slice(before);
}
