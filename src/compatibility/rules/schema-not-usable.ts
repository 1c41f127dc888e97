// PRV001: the role may not use a schema. PostgreSQL then says "does not exist" of everything in it.
import {
  findRelation,
  isReachable,
  nameOf,
  parseName,
  quote,
  type Draft,
  type Rule,
} from '../check-context.ts';

export const findSchemaNotUsable: Rule = ({ catalogue, operations, release }) => {
  const bySchema = new Map<string, { relations: Set<string>; operations: Set<string> }>();
  const note = (name: Parameters<typeof findRelation>[1], operation?: string): void => {
    const relation = findRelation(catalogue, name);
    if (relation === undefined || isReachable(catalogue, relation)) return;
    const entry = bySchema.get(relation.schema) ?? { relations: new Set(), operations: new Set() };
    entry.relations.add(nameOf(relation));
    if (operation !== undefined) entry.operations.add(operation);
    bySchema.set(relation.schema, entry);
  };
  for (const written of release.schema.tables.keys()) note(parseName(written));
  for (const { analysis, failure, name } of operations) {
    // A type that the statement names is in no list: PostgreSQL says the schema.
    const refused =
      failure?.sqlstate === '42501'
        ? /^permission denied for schema (.+)$/.exec(failure.message)?.[1]
        : undefined;
    if (refused !== undefined && catalogue.schemas.every((one) => one.name !== refused || !one.usable)) {
      const entry = bySchema.get(refused) ?? { relations: new Set(), operations: new Set() };
      entry.operations.add(name);
      bySchema.set(refused, entry);
    }
    for (const relation of [...(analysis?.relations ?? []), ...(analysis?.sequences ?? [])])
      note(relation, name);
    for (const call of analysis?.functions ?? []) {
      const candidates = catalogue.functions.filter(
        (one) => one.name === call.name && (call.schema ?? one.schema) === one.schema,
      );
      const schemas = candidates.map((one) => catalogue.schemas.find((state) => state.name === one.schema));
      const [first] = schemas;
      if (first === undefined || schemas.some((state) => state?.usable !== false)) continue;
      const entry = bySchema.get(first.name) ?? { relations: new Set(), operations: new Set() };
      entry.operations.add(name);
      bySchema.set(first.name, entry);
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
    hint: `Grant the role USAGE on the schema.`,
    migration: `grant usage on schema ${quote(schema)} to ${quote(catalogue.role)};`,
  }));
};
