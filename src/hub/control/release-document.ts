// A release as the JSON of `GET …/releases/{id}`: the document's own keys, with defaults.
import { presentContract } from '../../documents/release/present-contract.ts';
import type { Operation, Release, TableContract } from '../../model/release.ts';

export function presentRelease(release: Release): Record<string, unknown> {
  const { schema, contract, notes } = release;
  return {
    release: release.release,
    ref: release.ref,
    createdAt: release.createdAt,
    ...(notes === undefined ? {} : { notes }),
    schema: {
      tables: presentMap(schema.tables, presentTable),
      enums: presentMap(schema.enums, (labels) => labels),
    },
    ...(contract === undefined ? {} : { contract: presentContract(contract) }),
    permissions: presentMap(release.permissions, (permissions) => permissions),
    config: release.config,
    operations: presentMap(release.operations, presentOperation),
  };
}

function presentTable(table: TableContract): unknown {
  return {
    columns: presentMap(table.columns, ({ type, nullable }) => ({
      ...(type === undefined ? {} : { type }),
      nullable,
    })),
    unique: table.unique,
  };
}

function presentOperation(operation: Operation): unknown {
  const input = operation.input === undefined ? {} : { input: operation.input };
  if (operation.kind === 'constant') return { ...input, value: operation.value };
  return { mode: operation.mode, ...input, sql: operation.sql, returns: operation.returns };
}

/** Object.fromEntries defines own properties, so a key `__proto__` stays data. */
function presentMap<T>(map: ReadonlyMap<string, T>, present: (value: T) => unknown): Record<string, unknown> {
  return Object.fromEntries([...map].map(([name, value]) => [name, present(value)]));
}
