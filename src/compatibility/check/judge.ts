// Runs every rule and turns the drafts into findings: one for each root cause, with its operations and places, in a
// fixed order.
import { createLetCallsIn } from '../../kernel/let-calls-in.ts';
import type { Finding, Severity } from '../../model/finding.ts';
import { locateInSql, mapToSql } from '../../sql/map-position.ts';
import { findNewDefaults } from '../facts/writes/new-defaults.ts';
import { nameInSignature } from '../facts/signature.ts';
import { findWrites } from '../facts/writes/writes.ts';
import {
  nameOf,
  namesFunction,
  type CheckContext,
  type CheckedOperation,
  type Draft,
} from './check-context.ts';
import { findingCodes } from './finding-codes.ts';
import { registry } from '../rules/registry.ts';
import { compare } from '../facts/sorted.ts';

/** Lets calls in between the rules, because a thousand operations take time. */
export async function judge(context: CheckContext): Promise<Finding[]> {
  const letCallsIn = createLetCallsIn();
  const all: Draft[] = [];
  for (const rule of registry) {
    for (const draft of rule(context)) all.push(draft);
    // When the whole schema is missing, findings about its parts add nothing.
    if (all.some(({ code }) => code === 'ENV007')) break;
    await letCallsIn();
  }
  const own = all.filter(({ yieldsTo }) => yieldsTo === undefined || !all.some(yieldsTo));
  const drafts = own.map((draft) => joinCause(draft, own));
  drafts.push(...findUnexplained(context, drafts));
  await letCallsIn();
  const byCause = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const key = `${draft.code} ${draft.object}`;
    const group = byCause.get(key);
    if (group === undefined) byCause.set(key, [draft]);
    else group.push(draft);
  }
  await letCallsIn();
  const operations = new Map(context.operations.map((checked) => [checked.name, checked]));
  return sortFindings([...byCause.values()].map((group) => toFinding(group, operations)));
}

function joinCause(draft: Draft, all: readonly Draft[]): Draft {
  const { joins, operations, explains } = draft;
  const cause = joins === undefined ? undefined : all.find(joins);
  return cause === undefined
    ? draft
    : { ...cause, operations, ...(explains === undefined ? {} : { explains }) };
}

const severityOrder: readonly Severity[] = ['block', 'warn', 'info'];

export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity) ||
      compare(a.code, b.code) ||
      compare(a.object, b.object),
  );
}

/** OPS002: what PostgreSQL or the parser refused and no other finding explains. */
function findUnexplained(context: CheckContext, drafts: readonly Draft[]): Draft[] {
  const explained = new Set(drafts.flatMap(({ explains = [] }) => explains));
  return context.operations.flatMap((checked): Draft[] => {
    const { name, statement, failure } = checked;
    const isAmbiguous = failure?.sqlstate === '42702' || failure?.sqlstate === '42P09';
    if (explained.has(name) && !isAmbiguous) return [];
    const detail = failure?.detail === undefined ? '' : ` (${failure.detail})`;
    const message =
      statement.error?.message ?? (failure === undefined ? undefined : failure.message + detail);
    if (message === undefined) return [];
    const homes = findHomes(context, checked);
    return [
      {
        code: 'OPS002',
        object: name,
        expected: 'a statement that PostgreSQL can prepare',
        actual:
          message +
          sayDefaults(context, checked) +
          (homes.length === 0 ? '' : `; what it used at the cut is in schema ${homes.join(', ')} now`),
        operations: [name],
        explains: [name],
        ...(failure === undefined ? {} : { sqlstate: failure.sqlstate }),
        hint:
          homes.length === 0
            ? (failure?.hint ?? 'Change the statement, or the objects that it uses in the database.')
            : `Calls do not search that schema. Move it or its extension back, or name the schema in a new release: operator(${homes.join(', ')}.…).`,
      },
    ];
  });
}

/** PostgreSQL does not find an operator or a cast: where the functions behind those of the statement are now. */
function findHomes({ catalogue, release }: CheckContext, checked: CheckedOperation): string[] {
  if (checked.failure?.sqlstate !== '42883') return [];
  const behind = (release.contract?.operations.get(checked.name)?.functions ?? [])
    .map(nameInSignature)
    .filter((name) => !namesFunction(checked, name));
  const moved = catalogue.elsewhere.filter(
    ({ name }) =>
      behind.some((one) => one.schema === undefined && one.name === name) &&
      !catalogue.functions.some((one) => one.name === name),
  );
  return [...new Set(moved.map(({ schema }) => schema))].sort();
}

/** PostgreSQL does not name the column whose default failed: lists the defaults that are new since the cut. */
function sayDefaults(context: CheckContext, checked: CheckedOperation): string {
  if (checked.failure?.sqlstate.startsWith('22') !== true) return '';
  const defaults = findWrites(context).flatMap((write) =>
    write.checked === checked && write.kind === 'insert' ? findNewDefaults(context, write) : [],
  );
  if (defaults.length === 0) return '';
  const list = defaults.map(
    ({ relation, column }) => `${nameOf(relation)}.${column.name} (${column.expression})`,
  );
  return `; it leaves out columns with a new default: ${list.join(', ')}`;
}

function toFinding(group: readonly Draft[], operations: ReadonlyMap<string, CheckedOperation>): Finding {
  const [first] = group;
  if (first === undefined) throw new Error('a finding needs a draft');
  const hit = [...new Set(group.flatMap((draft) => draft.operations))].sort();
  const explains = new Set(group.flatMap((draft) => draft.explains ?? []));
  const severities = group.map((draft) => draft.severity ?? findingCodes[draft.code].severity);
  const locations = hit.flatMap((operation) => {
    const checked = operations.get(operation);
    return checked === undefined || !explains.has(operation) ? [] : locate(checked);
  });
  return {
    code: first.code,
    slug: findingCodes[first.code].slug,
    severity: severityOrder.find((severity) => severities.includes(severity)) ?? 'block',
    object: first.object,
    expected: first.expected,
    actual: first.actual,
    operations: hit,
    ...(first.sqlstate === undefined ? {} : { sqlstate: first.sqlstate }),
    hint: first.hint,
    ...(locations.length === 0 ? {} : { locations }),
    ...(first.migration === undefined ? {} : { migration: first.migration }),
  };
}

function locate({ name, statement, failure }: CheckedOperation): NonNullable<Finding['locations']>[number][] {
  const position = failure?.position ?? statement.error?.position;
  if (position === undefined) return [];
  return [{ operation: name, ...locateInSql(statement.sql, mapToSql(statement, position)) }];
}
