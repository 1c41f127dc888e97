// Measures what a release's rules later compare: the current state of the relations, types and functions that it uses.
// The parse tree and PostgreSQL's description show what an operation names; `cut` may know more from pg_depend.
import { readCatalogue } from '../../database/catalogue/catalogue.ts';
import type { Inspection, TypeInfo } from '../../database/database.ts';
import type { Relation } from '../../model/relation.ts';
import type { Contract } from '../../model/contract.ts';
import { askDatabase } from '../check/ask-database.ts';
import type { CheckContext } from '../check/check-context.ts';
import type { PreparedRelease } from '../check/list-names.ts';
import { nameInSignature } from '../facts/signature.ts';
import { measureCalledBodies } from '../bodies/called-bodies.ts';
import { measureFunctions } from './measure-functions.ts';
import { measureNames } from './measure-names.ts';
import { measureOperation, reachRelations } from './measure-operation.ts';
import { measureRelation } from './measure-relation.ts';
import { toRelativeName } from '../facts/relative-names.ts';
import { sorted } from '../facts/sorted.ts';
import { relationsOf } from '../check/sql-failures.ts';

export interface MeasureRequest extends PreparedRelease {
  /** The columns that each operation uses, from pg_depend; when absent, the words of its SQL decide. */
  readonly columns?: readonly OperationColumn[];
  /**
   * The functions that each operation calls, from pg_depend: `price_with_tax(numeric)`; when absent, every function
   * with its names.
   */
  readonly calls?: ReadonlyMap<string, readonly string[]>;
}

export interface OperationColumn {
  readonly operation: string;
  readonly relation: { readonly schema: string; readonly name: string };
  readonly column: string;
}

/** As the session's role and search_path see it. The same database and release give an equal contract. */
export async function measureBaseline(
  session: Inspection,
  engine: CheckContext['engine'],
  request: MeasureRequest,
): Promise<Contract> {
  const called = [...(request.calls?.values() ?? [])].flat().map(nameInSignature);
  const context = await askDatabase(session, engine, request, called);
  const { catalogue, operations } = context;
  const reached = new Map<number, Relation>();
  for (const checked of operations)
    for (const relation of reachRelations(catalogue, relationsOf(context, checked)))
      reached.set(relation.oid, relation);
  const functions = measureFunctions(catalogue);
  const enums = await measureEnums(session, context, [...reached.values()]);
  return {
    postgres: Math.floor(session.serverVersion / 10_000),
    relations: sorted(
      [...reached.values()].map((relation) => [
        toRelativeName(catalogue, relation),
        measureRelation(catalogue, relation),
      ]),
    ),
    enums,
    functions,
    ...(await measureCalledBodies(session, context, called)),
    names: measureNames(context),
    operations: sorted(
      operations.map((checked) => [
        checked.name,
        measureOperation(context, checked, {
          functions,
          calls: request.calls?.get(checked.name),
          columns: (request.columns ?? []).filter(({ operation }) => operation === checked.name),
        }),
      ]),
    ),
  };
}

/** Enums of the columns, and those that only parameters and results have. */
async function measureEnums(
  session: Inspection,
  { catalogue, operations }: CheckContext,
  relations: readonly Relation[],
): Promise<Map<string, readonly string[]>> {
  const isColumns = (name: string): boolean =>
    relations.some(({ columns }) => columns.some(({ type }) => type.name.replace(/\[\]$/, '') === name));
  const named = operations.flatMap(({ description }) =>
    description?.ok === true
      ? [...description.parameters, ...description.fields.map(({ type }) => type)].flatMap(findEnum)
      : [],
  );
  const missing = named.filter(
    ({ schema, name }) => !catalogue.enums.some((one) => one.schema === schema && one.name === name),
  );
  const more =
    missing.length === 0
      ? []
      : (await readCatalogue(session, { relations: [], enums: missing, functions: [], bodies: [] })).enums;
  const used = catalogue.enums.filter(
    ({ schema, name }) => isColumns(name) || named.some((one) => one.schema === schema && one.name === name),
  );
  return sorted([...used, ...more].map((one) => [toRelativeName(catalogue, one), one.labels] as const));
}

function findEnum(type: TypeInfo): TypeInfo[] {
  if (type.kind === 'enum') return [type];
  return [
    ...(type.element === undefined ? [] : findEnum(type.element)),
    ...(type.base === undefined ? [] : findEnum(type.base)),
  ];
}
