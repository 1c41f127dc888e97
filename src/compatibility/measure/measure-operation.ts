// Measures one operation for the baseline: its types as PostgreSQL describes them, and what it reads, writes and calls.
import type { DescribedField } from '../../database/database.ts';
import type { Catalogue } from '../../model/catalogue.ts';
import type { Relation } from '../../model/relation.ts';
import type {
  FunctionBaseline,
  InsertBaseline,
  OperationBaseline,
  ResultBaseline,
} from '../../model/contract.ts';
import type { ConflictTarget } from '../../sql/statement.ts';
import { findRelation, quote, type CheckContext, type CheckedOperation } from '../check/check-context.ts';
import { resolveInsert } from '../facts/writes/insert-analysis.ts';
import { toRelativeName, toRelativeType } from '../facts/relative-names.ts';
import { sorted } from '../facts/sorted.ts';
import { relationsOf } from '../check/sql-failures.ts';

export interface MeasuredUse {
  readonly functions: ReadonlyMap<string, readonly FunctionBaseline[]>;
  /** `undefined` when it is unknown. */
  readonly calls: readonly string[] | undefined;
  readonly columns: readonly {
    readonly relation: { readonly schema: string; readonly name: string };
    readonly column: string;
  }[];
}

export function measureOperation(
  context: CheckContext,
  checked: CheckedOperation,
  { functions, calls, columns }: MeasuredUse,
): OperationBaseline {
  const { catalogue } = context;
  const { analysis, description, statement } = checked;
  const described = description?.ok === true ? description : undefined;
  const reached = reachRelations(catalogue, relationsOf(context, checked));
  return {
    parameters: (described?.parameters ?? []).map((type, i) => ({
      name: statement.parameters[i] ?? `${i + 1}`,
      type: toRelativeType(catalogue, type),
      typmod: undefined,
    })),
    results: (described?.fields ?? []).map((field) => measureField(catalogue, field)),
    relations: reached.map((relation) => toRelativeName(catalogue, relation)).sort(),
    columns: groupColumns(catalogue, columns),
    privileges: measurePrivileges(catalogue, checked),
    inserts: (analysis?.inserts ?? []).flatMap((insert): InsertBaseline[] => {
      const resolved = resolveInsert(catalogue, insert);
      if (resolved?.given === undefined) return [];
      return [
        {
          table: toRelativeName(catalogue, resolved.relation),
          columns: resolved.given.map(({ column }) => column.name),
          parameters: resolved.given.flatMap(({ column, value }) =>
            value?.kind === 'parameter'
              ? [
                  {
                    column: column.name,
                    parameter: statement.parameters[value.number - 1] ?? `${value.number}`,
                  },
                ]
              : [],
          ),
        },
      ];
    }),
    conflicts: (analysis?.conflicts ?? []).flatMap((conflict) => {
      const relation = findRelation(catalogue, conflict.relation);
      if (relation === undefined) return [];
      return [
        {
          table: toRelativeName(catalogue, relation),
          columns: conflict.kind === 'columns' ? conflict.columns : findKeyColumns(relation, conflict),
          constraint: conflict.kind === 'constraint' ? conflict.constraint : undefined,
        },
      ];
    }),
    functions: [...(calls ?? listCalls(context, checked, functions))].sort(),
  };
}

/** The columns of the constraint that an ON CONFLICT names. */
function findKeyColumns(relation: Relation, conflict: ConflictTarget): readonly string[] | undefined {
  if (conflict.kind !== 'constraint') return undefined;
  return relation.constraints.find(({ name }) => name === conflict.constraint)?.columns;
}

/** The relations and all that are behind views, at any depth. */
export function reachRelations(catalogue: Catalogue, from: readonly Relation[]): Relation[] {
  const reached = new Map<number, Relation>();
  const visit = (relation: Relation): void => {
    if (reached.has(relation.oid)) return;
    reached.set(relation.oid, relation);
    for (const oid of relation.behind) {
      const behind = catalogue.relations.find((one) => one.oid === oid);
      if (behind !== undefined) visit(behind);
    }
  };
  for (const relation of from) visit(relation);
  return [...reached.values()];
}

export function measureField(catalogue: Catalogue, field: DescribedField): ResultBaseline {
  const relation = catalogue.relations.find(({ oid }) => oid === field.tableOid);
  const column = relation?.columns.find(({ number }) => number === field.columnNumber);
  return {
    name: field.name,
    type: toRelativeType(catalogue, field.type),
    typmod: field.typmod === -1 ? undefined : field.typmod,
    source:
      relation === undefined || column === undefined
        ? undefined
        : `${toRelativeName(catalogue, relation)}.${quote(column.name)}`,
  };
}

function groupColumns(catalogue: Catalogue, uses: MeasuredUse['columns']): Map<string, readonly string[]> {
  const byRelation = new Map<string, Set<string>>();
  for (const { relation, column } of uses) {
    const name = toRelativeName(catalogue, relation);
    byRelation.set(name, (byRelation.get(name) ?? new Set()).add(column));
  }
  return sorted([...byRelation].map(([name, set]) => [name, [...set].sort()]));
}

function measurePrivileges(
  catalogue: Catalogue,
  { analysis }: CheckedOperation,
): Map<string, readonly string[]> {
  const needed = new Map<string, Set<string>>();
  for (const named of analysis?.relations ?? []) {
    const relation = findRelation(catalogue, named);
    if (relation === undefined || named.access === 'merge') continue;
    const name = toRelativeName(catalogue, relation);
    const set = needed.get(name) ?? new Set();
    set.add(named.access === 'read' ? 'select' : named.access);
    needed.set(name, set);
  }
  return sorted([...needed].map(([name, set]) => [name, [...set].sort()]));
}

/** Every function with the names that it calls: the parse tree does not show which one PostgreSQL takes. */
function listCalls(
  { catalogue }: CheckContext,
  { analysis }: CheckedOperation,
  functions: MeasuredUse['functions'],
): string[] {
  return (analysis?.functions ?? []).flatMap((call) => {
    const found = catalogue.functions.find(
      (one) =>
        one.schema !== 'pg_catalog' && one.name === call.name && (call.schema ?? one.schema) === one.schema,
    );
    if (found === undefined) return [];
    const name = toRelativeName(catalogue, found);
    return (functions.get(name) ?? []).map((one) => `${name}(${one.arguments.join(', ')})`);
  });
}
