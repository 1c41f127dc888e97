// Writes a contract as the document has it, the same bytes for the same value. Default values are left out.
import type {
  Contract,
  ForeignKeyBaseline,
  OperationBaseline,
  PartitionsBaseline,
  RelationBaseline,
  TriggerBaseline,
  TypedName,
  UniqueBaseline,
} from '../../model/contract.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';

/** As the document writes it: keys in a fixed order, without values that are empty, false or `no action`. */
export function presentContract(contract: Contract): JsonObject {
  return compact({
    postgres: contract.postgres,
    relations: present(contract.relations, presentRelation),
    enums: present(contract.enums, list),
    functions: present(contract.functions, (overloads) =>
      overloads.map((one) => ({
        arguments: list(one.arguments),
        ...(one.defaults === 0 ? {} : { defaults: one.defaults }),
        result: one.result,
        ...compact({ outputs: one.outputs.map(presentTyped) }),
        body: one.body,
      })),
    ),
    bodies: list(contract.bodies),
    absent: present(contract.absent, list),
    names: present(contract.names, list),
    operations: present(contract.operations, presentOperation),
  });
}

function presentRelation(relation: RelationBaseline): JsonObject {
  return {
    kind: relation.kind,
    columns: relation.columns.map((column) =>
      compact({
        ...presentTyped(column),
        nullable: column.nullable,
        default: column.default,
        identity: column.identity === 'none' ? undefined : column.identity,
        generated: column.generated,
        expression: column.expression,
        collation: column.collation,
        base: column.base,
        checks: list(column.checks),
      }),
    ),
    ...compact({
      uniques: relation.uniques.map(presentUnique),
      checks: list(relation.checks),
      foreignKeys: relation.foreignKeys.map(presentForeignKey),
      referencedBy: relation.referencedBy.map(presentForeignKey),
      triggers: relation.triggers.map(presentTrigger),
      rowSecurity: relation.rowSecurity === 'off' ? undefined : relation.rowSecurity,
      exempt: relation.exempt,
      policies: relation.policies.map((one) => ({ ...one })),
    }),
    // An empty list differs from "not measured".
    ...(relation.indexes === undefined ? {} : { indexes: list(relation.indexes) }),
    ...(relation.permits === undefined ? {} : { permits: list(relation.permits) }),
    ...compact({
      definition: relation.definition,
      parent: relation.parent,
      children: list(relation.children),
      partitions: relation.partitions === undefined ? undefined : presentPartitions(relation.partitions),
    }),
  };
}

function presentPartitions({ count, notable }: PartitionsBaseline): JsonObject {
  return {
    count,
    ...compact({
      notable: notable.map(({ name, checks, triggers, children }) => ({
        name,
        ...compact({
          checks: list(checks),
          triggers: triggers.map(presentTrigger),
          children: list(children),
        }),
      })),
    }),
  };
}

function presentTrigger({ name, digest, instead }: TriggerBaseline): JsonObject {
  return { name, digest, ...compact({ instead: list(instead) }) };
}

function presentUnique({ columns, ...rest }: UniqueBaseline): JsonObject {
  const { where, deferrable, nullsNotDistinct, exclusion } = rest;
  return { columns: list(columns), ...compact({ where, deferrable, nullsNotDistinct, exclusion }) };
}

function presentForeignKey(key: ForeignKeyBaseline): JsonObject {
  const action = (text: string): string | undefined => (text === 'no action' ? undefined : text);
  return {
    table: key.table,
    columns: list(key.columns),
    references: key.references,
    referenced: list(key.referenced),
    ...compact({ onDelete: action(key.onDelete), onUpdate: action(key.onUpdate) }),
  };
}

function presentOperation(operation: OperationBaseline): JsonObject {
  return compact({
    parameters: operation.parameters.map(presentTyped),
    results: operation.results.map((result) => ({
      ...presentTyped(result),
      ...compact({ source: result.source }),
    })),
    relations: list(operation.relations),
    columns: present(operation.columns, list),
    privileges: present(operation.privileges, list),
    inserts: operation.inserts.map(({ table, columns, parameters }) => ({
      table,
      columns: list(columns),
      ...compact({ parameters: parameters.map((pair) => ({ ...pair })) }),
    })),
    conflicts: operation.conflicts.map(({ table, columns, constraint }) => ({
      table,
      ...(columns === undefined ? {} : { columns: list(columns) }),
      ...compact({ constraint }),
    })),
    functions: list(operation.functions),
  });
}

function presentTyped({ name, type, typmod }: TypedName): JsonObject {
  return { name, type, ...(typmod === undefined ? {} : { typmod }) };
}

/** Object.fromEntries defines own properties, so a key `__proto__` stays data. */
function present<T>(map: ReadonlyMap<string, T>, show: (value: T) => Json): JsonObject {
  return Object.fromEntries([...map].map(([name, value]) => [name, show(value)]));
}

function list(items: readonly string[]): Json[] {
  return [...items];
}

function compact(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(members)) {
    const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
    if (value !== undefined && value !== false && !isEmpty) kept[key] = value;
  }
  return kept;
}
