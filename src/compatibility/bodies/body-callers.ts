// Finds which operations of a release reach which function bodies: through their statements, through triggers on what
// they write, through views that they read, through what PostgreSQL calls for rows, and through bodies that call
// others. A call from a body is followed only when a single function has that name.
import type { SqlError } from '../../database/database.ts';
import { namesFunction, type CheckContext, type CheckedBody } from '../check/check-context.ts';
import { listRowCalls, type CallForRow } from './row-calls.ts';
import { listTriggerCalls, type TriggerCall } from './trigger-calls.ts';
import { listViewCalls } from './view-calls.ts';
import { isTimeLimit } from '../check/indeterminate.ts';
import { nameInSignature } from '../facts/signature.ts';
import { deepestCall, runsAsCaller } from './function-bodies.ts';

export interface Callers {
  /** Operations whose every call reaches it, as far as the bodies show. */
  readonly sure: string[];
  /** Operations that reach it only in a branch of a body. */
  readonly possible: string[];
  /** For a trigger's function: the writes that call it. */
  readonly triggers: TriggerCall[];
  /** What calls it for rows, as text. */
  readonly by: Set<string>;
}

const known = new WeakMap<CheckContext, ReadonlyMap<CheckedBody, Callers>>();

/** Bodies that operations of the release run and that were sound at the cut, with those operations. */
export function callersOf(context: CheckContext): ReadonlyMap<CheckedBody, Callers> {
  let callers = known.get(context);
  if (callers === undefined) known.set(context, (callers = findCallers(context)));
  return callers;
}

function findCallers(context: CheckContext): Map<CheckedBody, Callers> {
  const { release, bodies, operations } = context;
  const callers = new Map<CheckedBody, Callers>();
  if (bodies.length === 0) return callers;
  const sound = new Set(release.contract?.bodies);
  const bySignature = new Map(bodies.map((one) => [one.signature, one]));
  const calls = findCalls(bodies);
  const triggered = groupTriggers(context);
  const seen = groupViews(context);
  const filled = groupRows(context);
  for (const checked of operations) {
    const { name } = checked;
    const called = listSure(release.contract?.operations.get(name)?.functions ?? []);
    const first = new Map(
      called.flatMap((signature): [CheckedBody, boolean][] => {
        const one = bySignature.get(signature);
        return one === undefined ? [] : [[one, namesFunction(checked, nameInSignature(signature))]];
      }),
    );
    for (const one of seen.get(name) ?? []) if (!first.has(one)) first.set(one, false);
    for (const { called: one, by, isSure } of filled.get(name) ?? []) {
      first.set(one, isSure || first.get(one) === true);
      if (sound.has(one.signature)) entryOf(callers, one).by.add(by);
    }
    for (const { called: one, call } of triggered.get(name) ?? []) {
      first.set(one, call.isSure || first.get(one) === true);
      if (sound.has(one.signature)) entryOf(callers, one).triggers.push(call);
    }
    for (const [one, isSure] of reach(calls, first)) {
      if (!sound.has(one.signature)) continue;
      entryOf(callers, one)[isSure ? 'sure' : 'possible'].push(name);
    }
  }
  return callers;
}

function entryOf(callers: Map<CheckedBody, Callers>, one: CheckedBody): Callers {
  let entry = callers.get(one);
  if (entry === undefined)
    callers.set(one, (entry = { sure: [], possible: [], triggers: [], by: new Set() }));
  return entry;
}

interface Triggered {
  readonly called: CheckedBody;
  readonly call: TriggerCall;
}

/** By operation. */
function groupTriggers(context: CheckContext): ReadonlyMap<string, readonly Triggered[]> {
  const byOperation = new Map<string, Triggered[]>();
  const functions = context.bodies.filter(({ body }) => body.argumentTypes.length === 0);
  for (const call of functions.length === 0 ? [] : listTriggerCalls(context)) {
    const { schema, name } = call.function;
    const called = functions.find(({ body }) => body.schema === schema && body.name === name);
    if (called === undefined) continue;
    byOperation.set(call.operation, [...(byOperation.get(call.operation) ?? []), { called, call }]);
  }
  return byOperation;
}

/** Bodies that views call, by operation. */
function groupViews(context: CheckContext): ReadonlyMap<string, readonly CheckedBody[]> {
  const byOid = new Map(context.bodies.map((one) => [one.body.oid, one]));
  const byOperation = new Map<string, CheckedBody[]>();
  for (const { operation, function: named } of listViewCalls(context)) {
    const called = byOid.get(named.oid);
    if (called !== undefined) byOperation.set(operation, [...(byOperation.get(operation) ?? []), called]);
  }
  return byOperation;
}

interface CalledForRow extends Pick<CallForRow, 'by' | 'isSure'> {
  readonly called: CheckedBody;
}

/** Bodies that PostgreSQL runs for rows, by operation. */
function groupRows(context: CheckContext): ReadonlyMap<string, readonly CalledForRow[]> {
  const byOid = new Map(context.bodies.map((one) => [one.body.oid, one]));
  const byOperation = new Map<string, CalledForRow[]>();
  for (const { operation, function: named, by, isSure } of listRowCalls(context)) {
    const called = byOid.get(named.oid);
    if (called === undefined) continue;
    byOperation.set(operation, [...(byOperation.get(operation) ?? []), { called, by, isSure }]);
  }
  return byOperation;
}

interface Call {
  readonly called: CheckedBody;
  readonly isSure: boolean;
}

type Calls = ReadonlyMap<CheckedBody, readonly Call[]>;

/** The functions that each one calls, when the name is unique and they run as it does. */
function findCalls(bodies: readonly CheckedBody[]): Calls {
  const byName = new Map<string, CheckedBody[]>();
  for (const one of bodies.filter(({ body }) => body.isOnly))
    byName.set(one.body.name, [...(byName.get(one.body.name) ?? []), one]);
  return new Map(
    bodies.map((caller) => {
      const named = runsAsCaller(caller.body) ? caller.calls : [];
      const calls = named.flatMap(({ schema, name, isSure }) =>
        (byName.get(name) ?? [])
          .filter(({ body }) => (schema ?? body.schema) === body.schema)
          .map((called) => ({ called, isSure })),
      );
      return [caller, calls];
    }),
  );
}

/** When several functions share a name, the release may only know that one of them is called. */
function listSure(called: readonly string[]): string[] {
  const counts = new Map<string, number>();
  const names = called.map((signature) => nameInSignature(signature).name);
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return called.filter((_signature, i) => counts.get(names[i] ?? '') === 1);
}

/** The given bodies, those that they call, and so on, each with whether every call reaches it. */
function reach(calls: Calls, first: ReadonlyMap<CheckedBody, boolean>): Map<CheckedBody, boolean> {
  const reached = new Map<CheckedBody, boolean>();
  let level = first;
  for (let depth = 1; depth <= deepestCall && level.size > 0; depth += 1) {
    const next = new Map<CheckedBody, boolean>();
    for (const [one, isSure] of level) reached.set(one, isSure || reached.get(one) === true);
    for (const [one, comes] of level)
      for (const { called, isSure } of calls.get(one) ?? []) {
        const isNow = comes && isSure;
        if (!reached.has(called) || (isNow && reached.get(called) === false))
          next.set(called, isNow || next.get(called) === true);
      }
    level = next;
  }
  return reached;
}

/** A time limit that ended the planning of a body's statements: the findings may be incomplete, and grow later. */
export function findUnplanned(context: CheckContext): SqlError | undefined {
  return [...callersOf(context).keys()]
    .flatMap(({ refused }) => refused.map(({ error }) => error))
    .find(isTimeLimit);
}

/** Every refusal by PostgreSQL of what the release runs. */
export function failuresOf(context: CheckContext): SqlError[] {
  return [
    ...context.operations.flatMap(({ failure }) => failure ?? []),
    ...[...callersOf(context).keys()].flatMap(({ failure, denial }) => [failure ?? [], denial ?? []].flat()),
  ];
}
