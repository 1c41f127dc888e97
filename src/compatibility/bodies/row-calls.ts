// Which functions PostgreSQL calls for the rows that a release's operations write (in defaults, checks and the like),
// and for row-level security policies that filter for its role.
import type { Catalogue } from '../../model/catalogue.ts';
import type { Relation, RowCall } from '../../model/relation.ts';
import type { CheckContext, CheckedOperation } from '../check/check-context.ts';
import { needsRows, rowCommands, type RowCommand } from '../facts/row-policies.ts';
import { isCalled, sayCaller } from '../facts/writes/write-calls.ts';
import { dependsOnRow, findWrites, mayDropRows, type Write } from '../facts/writes/writes.ts';

export interface CallForRow {
  readonly operation: string;
  readonly function: RowCall;
  /** What calls it, as text. */
  readonly by: string;
  /** It is called for every row that the operation writes. */
  readonly isSure: boolean;
}

const known = new WeakMap<CheckContext, readonly CallForRow[]>();

export function listRowCalls(context: CheckContext): readonly CallForRow[] {
  let found = known.get(context);
  if (found === undefined) {
    const written = findWrites(context).flatMap((write) => listCalls(context.catalogue, write));
    known.set(context, (found = [...written, ...listPolicyCalls(context)]));
  }
  return found;
}

function listCalls(catalogue: Catalogue, write: Write): CallForRow[] {
  const { checked, relation, through } = write;
  const hidden = new Set(through.flatMap((view) => listHidden(catalogue, view, relation)));
  const own = relation.rowCalls.flatMap((call): CallForRow[] => {
    if (call.kind === 'policy' || (call.kind === 'default' && hidden.has(call.caller))) return [];
    const called = isCalled(write, call);
    if (called === undefined) return [];
    const isSure = called && isAlways(write, call);
    return [{ operation: checked.name, function: call, by: sayCaller(relation, call), isSure }];
  });
  const ofViews = through.flatMap((view) =>
    view.rowCalls.flatMap((call): CallForRow[] => {
      const column = followColumn(catalogue, { view, column: call.caller, base: relation });
      if (call.kind !== 'default' || column === undefined) return [];
      if (isCalled(write, { ...call, columns: [column] }) === undefined) return [];
      return [{ operation: checked.name, function: call, by: sayCaller(view, call), isSure: false }];
    }),
  );
  return [...own, ...ofViews];
}

/** Whether the function is called for each row written. */
function isAlways(write: Write, call: RowCall): boolean {
  const { checked, kind, relation } = write;
  // A strict function's argument may be NULL. A rule may write something else, and a foreign server checks rows itself.
  if (!call.isWhole || call.isStrict || relation.hasRules || relation.kind === 'f' || dependsOnRow(write))
    return false;
  // These run before all triggers.
  if (call.kind === 'default' || call.kind === 'domain' || call.kind === 'partition key') return true;
  if (mayDropRows(write)) return false;
  // A partition may generate the column differently, or have the trigger disabled.
  if (relation.kind === 'p' && (call.kind === 'generated' || call.kind === 'trigger')) return false;
  // All rows may belong to a table that inherits from it.
  if (relation.kind === 'r' && relation.children.length > 0 && kind === 'update') return false;
  // On a conflict no row is inserted. An update adds no index entries when no key changes.
  const mayConflict = checked.analysis?.conflicts.length !== 0;
  if (call.kind === 'trigger') return !mayConflict;
  return call.kind !== 'index' || (kind !== 'update' && !mayConflict);
}

/** Columns of the table that have the view's default instead of their own. */
function listHidden(catalogue: Catalogue, view: Relation, base: Relation): string[] {
  return view.columns.flatMap(({ name, hasDefault }) =>
    hasDefault ? (followColumn(catalogue, { view, column: name, base }) ?? []) : [],
  );
}

interface ViewColumn {
  readonly view: Relation;
  readonly column: string;
  readonly base: Relation;
}

/** The column's name in the table behind the view. */
function followColumn(catalogue: Catalogue, { view, column, base }: ViewColumn): string | undefined {
  const origin = view.columns.find(({ name }) => name === column)?.origin;
  const behind = catalogue.relations.find(({ oid }) => oid === origin?.relation);
  const next = behind?.columns.find(({ number }) => number === origin?.column);
  if (behind === undefined || next === undefined) return undefined;
  return behind.oid === base.oid
    ? next.name
    : followColumn(catalogue, { view: behind, column: next.name, base });
}

const commandsOf: Readonly<Record<string, readonly RowCommand[]>> = {
  r: ['select'],
  a: ['insert'],
  w: ['update'],
  d: ['delete'],
  '*': rowCommands,
};

/** PostgreSQL joins policies with OR and AND, and may not evaluate each of them. */
function listPolicyCalls(context: CheckContext): CallForRow[] {
  return context.catalogue.relations.flatMap((relation) => {
    const { applies, policies } = relation.rowSecurity;
    if (!applies) return [];
    return relation.rowCalls.flatMap((call): CallForRow[] => {
      const policy = call.kind === 'policy' ? policies.find(({ name }) => name === call.caller) : undefined;
      if (policy === undefined || !policy.applies) return [];
      const commands = commandsOf[policy.command] ?? [];
      return context.operations
        .filter((checked) => commands.some((command) => isAsked(context, checked, { relation, command })))
        .map(({ name }) => ({
          operation: name,
          function: call,
          by: sayCaller(relation, call),
          isSure: false,
        }));
    });
  });
}

function isAsked(
  context: CheckContext,
  checked: CheckedOperation,
  on: { readonly relation: Relation; readonly command: RowCommand },
): boolean {
  // Locked rows need the same policies as updated rows.
  const isLocked =
    on.command === 'update' &&
    checked.analysis?.locksRows === true &&
    needsRows(context, checked, { ...on, command: 'select' });
  return isLocked || needsRows(context, checked, on);
}
