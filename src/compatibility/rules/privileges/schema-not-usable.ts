// PRV001: the role may not use a schema. PostgreSQL then says "does not exist" of everything in it.
import type { AskedName } from '../../../model/qualified-name.ts';
import {
  findFunctions,
  findRelation,
  isReachable,
  nameOf,
  parseName,
  quote,
  type Draft,
  type Rule,
} from '../../check/check-context.ts';

/** What lies behind a schema that the role may not use. */
interface Hit {
  readonly relations: Set<string>;
  readonly operations: Set<string>;
}

export const findSchemaNotUsable: Rule = ({ catalogue, operations, release }) => {
  const bySchema = new Map<string, Hit>();
  const entryOf = (schema: string): Hit => {
    const entry = bySchema.get(schema) ?? { relations: new Set(), operations: new Set() };
    bySchema.set(schema, entry);
    return entry;
  };
  const note = (name: AskedName, operation?: string): void => {
    const relation = findRelation(catalogue, name);
    if (relation === undefined || isReachable(catalogue, relation)) return;
    const entry = entryOf(relation.schema);
    entry.relations.add(nameOf(relation));
    if (operation !== undefined) entry.operations.add(operation);
  };
  for (const written of release.schema.tables.keys()) note(parseName(written));
  for (const { analysis, failure, name } of operations) {
    // A type that the statement names is in no list: PostgreSQL says the schema.
    const refused =
      failure?.sqlstate === '42501'
        ? /^permission denied for schema (.+)$/.exec(failure.message)?.[1]
        : undefined;
    if (refused !== undefined && catalogue.schemas.every((one) => one.name !== refused || !one.usable))
      entryOf(refused).operations.add(name);
    for (const relation of [...(analysis?.relations ?? []), ...(analysis?.sequences ?? [])])
      note(relation, name);
    for (const call of analysis?.functions ?? []) {
      const schemas = findFunctions(catalogue, call).map((one) =>
        catalogue.schemas.find((state) => state.name === one.schema),
      );
      const [first] = schemas;
      if (first === undefined || schemas.some((state) => state?.usable !== false)) continue;
      entryOf(first.name).operations.add(name);
    }
  }
  return [...bySchema].map(([schema, { relations, operations: hit }]): Draft => ({
    code: 'PRV001',
    object: schema,
    expected: `role ${catalogue.role} has USAGE on schema ${schema}`,
    actual: `it has not; ${[...relations].sort().join(', ') || 'what is in it'} cannot be reached`,
    operations: [...hit],
    explains: [...hit],
    sqlstate: '42501',
    hint: 'Grant the role USAGE on the schema.',
    migration: `grant usage on schema ${quote(schema)} to ${quote(catalogue.role)};`,
  }));
};
