// Measures for the baseline which function bodies PostgreSQL can run: those that statements call, and those that these
// call. Only a body that ran at the cut can be reported as broken later.
import { readCatalogue } from '../../database/catalogue/catalogue.ts';
import type { Inspection } from '../../database/database.ts';
import { SqlFailure } from '../../database/sql-failure.ts';
import type { Catalogue } from '../../model/catalogue.ts';
import type { AskedName } from '../../model/qualified-name.ts';
import type { Contract } from '../../model/contract.ts';
import { askStatements } from '../check/ask-statements.ts';
import { readRefusal } from './body-refusal.ts';
import type { CheckContext, CheckedBody } from '../check/check-context.ts';
import { askBodies, deepestCall, toChecked } from './function-bodies.ts';
import { isWait } from '../check/indeterminate.ts';
import { listRowCalls } from './row-calls.ts';
import { sorted } from '../facts/sorted.ts';
import { listMissingFields, listTriggerCalls, type TriggerCall } from './trigger-calls.ts';
import { listViewCalls } from './view-calls.ts';

/** The most functions whose bodies a release remembers. */
const mostBodies = 200;

/**
 * Signatures, sorted. `further`: functions that no statement names. Throws SqlFailure when PostgreSQL cannot judge a
 * function now.
 */
export async function measureBodies(
  session: Inspection,
  context: CheckContext,
  further: readonly AskedName[],
): Promise<Pick<Contract, 'bodies' | 'absent'>> {
  const names = new Map<string, AskedName>();
  const triggers = listTriggerCalls(context);
  const called = [
    ...context.operations.flatMap(({ analysis }) => analysis?.functions ?? []),
    ...further,
    ...triggers.map((call) => call.function),
    ...listViewCalls(context).map((call) => call.function),
  ];
  const known = new Map<string, readonly string[]>();
  for (const first of [called, listRowCalls(context).map((call) => call.function)]) {
    let added = addNames(names, first);
    for (let depth = 1; depth <= deepestCall && added.length > 0; depth += 1) {
      const { found, calls } = await measureSome(session, added, triggers);
      for (const [signature, absent] of sorted(found)) known.set(signature, absent);
      added = addNames(names, calls);
    }
  }
  // First the functions that statements call, then those that bodies call, then those that only rows need.
  const kept = [...known].slice(0, mostBodies);
  return {
    bodies: kept.map(([signature]) => signature).sort(),
    absent: sorted(kept.filter(([, absent]) => absent.length > 0)),
  };
}

interface MeasuredBodies {
  /** The functions that PostgreSQL could run, with the objects that it did not find in them. */
  readonly found: (readonly [signature: string, absent: readonly string[]])[];
  readonly calls: readonly AskedName[];
}

async function measureSome(
  session: Inspection,
  names: readonly AskedName[],
  triggers: readonly TriggerCall[],
): Promise<MeasuredBodies> {
  const { catalogue, bodies } = await askSome(session, names);
  // A body that is not measured now would never be checked.
  const [wait] = bodies.flatMap(({ failure }) => (failure !== undefined && isWait(failure) ? failure : []));
  if (wait !== undefined) throw new SqlFailure(wait);
  const found = bodies.flatMap((one): [string, string[]][] => {
    const refusal = readRefusal(catalogue, { ...one, denial: undefined });
    if (one.body.language === 'sql') return refusal === undefined ? [[one.signature, []]] : [];
    const { schema, name, argumentTypes } = one.body;
    const fired = triggers.filter(
      (call) => argumentTypes.length === 0 && call.function.schema === schema && call.function.name === name,
    );
    const refused = [...one.refused, ...fired.flatMap((call) => listMissingFields(one, call))];
    return [[one.signature, listAbsent(refused, refusal?.message)]];
  });
  return { found, calls: bodies.flatMap(({ calls }) => calls) };
}

async function askSome(
  session: Inspection,
  names: readonly AskedName[],
): Promise<{ readonly catalogue: Catalogue; readonly bodies: readonly CheckedBody[] }> {
  const catalogue = await readCatalogue(session, { relations: [], enums: [], functions: [], bodies: names });
  const asked = await askBodies(session, catalogue);
  const texts = asked.flatMap(({ body, statements }) =>
    body.language === 'plpgsql' ? statements.map(({ text }) => text) : [],
  );
  const answers = await askStatements(session, { spellings: [], texts, known: undefined });
  return { catalogue, bodies: toChecked(asked, answers) };
}

/** Functions of these names that fail whenever they are called, one sentence each, for the person who cuts a release. */
export async function sayBroken(session: Inspection, names: readonly AskedName[]): Promise<string[]> {
  if (names.length === 0) return [];
  const { catalogue, bodies } = await askSome(session, names);
  return bodies.flatMap((one) => {
    const refusal = readRefusal(catalogue, { ...one, denial: undefined });
    return refusal === undefined ? [] : [`${one.signature} cannot run: ${refusal.message}`];
  });
}

/** Objects that PL/pgSQL statements may name without finding them: these statements run only when a call reaches them. */
function listAbsent(refused: CheckedBody['refused'], refusal: string | undefined): string[] {
  const messages = refused.flatMap(({ error }) => (isWait(error) ? [] : error.message));
  return [...new Set([...messages, ...(refusal === undefined ? [] : [refusal])])].sort();
}

/** The called functions that were not known before. */
function addNames(names: Map<string, AskedName>, called: readonly AskedName[]): AskedName[] {
  const before = names.size;
  for (const { schema, name } of called) names.set(JSON.stringify([schema, name]), { schema, name });
  return [...names.values()].slice(before);
}
