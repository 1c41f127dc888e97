// PRV001: the role may not use a schema. PostgreSQL then reports "does not exist" for everything in it.
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
import { mentions } from '../../check/sql-failures.ts';

/** An object in a schema that the role may not use. */
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
    // Types that the statement names are in no list: PostgreSQL reports the schema.
    const unusable = catalogue.schemas.filter((one) => !one.usable).map((one) => one.name);
    const named = (analysis?.schemas ?? []).filter(
      (schema) => !catalogue.schemas.some((one) => one.name === schema && one.usable),
    );
    for (const schema of failure?.sqlstate === '42501' ? new Set([...unusable, ...named]) : [])
      if (mentions(failure, schema)) entryOf(schema).operations.add(name);
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
    actual: `missing: ${[...relations].sort().join(', ') || 'its content'} cannot be reached`,
    operations: [...hit],
    explains: [...hit],
    sqlstate: '42501',
    hint: 'Grant the role USAGE on the schema.',
    migration: `grant usage on schema ${quote(schema)} to ${quote(catalogue.role)};`,
  }));
};
