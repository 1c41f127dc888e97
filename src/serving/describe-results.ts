// What each operation of a release returns, as JSON Schema, from the database's current description of its columns.
// Executes nothing.
import type { Database, DescribedField, Inspection } from '../database/database.ts';
import { orNull, schemaOfType } from '../database/wire/schema-of-type.ts';
import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';
import type { SqlOperation } from '../model/release.ts';
import type { CompiledRelease } from './compile/compiled-release.ts';

/**
 * By operation. A statement that the database refuses has a schema that allows anything. Rejects with
 * `database-unavailable`.
 */
export async function describeResults(
  { release, operations }: Pick<CompiledRelease, 'release' | 'operations'>,
  database: Pick<Database, 'inspect'>,
): Promise<ReadonlyMap<string, JsonObject>> {
  const results = new Map<string, JsonObject>();
  const asked: { readonly operation: SqlOperation; readonly text: string }[] = [];
  for (const operation of release.operations.values()) {
    const compiled = operations.get(operation.name);
    if (operation.kind === 'constant') results.set(operation.name, schemaOfValue(operation.value));
    else if (operation.returns === 'count') results.set(operation.name, { type: 'integer' });
    else if (compiled?.kind === 'sql') asked.push({ operation, text: compiled.statement.text });
  }
  if (asked.length === 0) return results;
  return database.inspect(async (session) => {
    const described = await session.describe(asked.map(({ text }) => text));
    const isNeverNull = await findNeverNull(
      session,
      described.flatMap((one) => (one.ok ? one.fields : [])),
    );
    for (const [index, { operation, text }] of asked.entries()) {
      const description = described[index];
      if (description?.ok !== true) {
        results.set(operation.name, {});
        continue;
      }
      const mayLoseRows = makesNulls.test(text);
      const row = schemaOfRow(description.fields, (field) => !mayLoseRows && isNeverNull(field));
      results.set(operation.name, operation.returns === 'one' ? row : { type: 'array', items: row });
    }
    return results;
  });
}

/** Words that may make a column null in the result although it is never null in its table; in a comment they do no harm. */
const makesNulls = /\b(left|right|full|rollup|cube|sets|merge|old|new)\b/i;

type IsNeverNull = (field: DescribedField) => boolean;

async function findNeverNull(session: Inspection, fields: readonly DescribedField[]): Promise<IsNeverNull> {
  const tables = [...new Set(fields.map(({ tableOid }) => tableOid))].filter((oid) => oid !== 0);
  if (tables.length === 0) return () => false;
  const rows = await session.query(
    'select attrelid, attnum from pg_catalog.pg_attribute where attrelid = any ($1::pg_catalog.oid[]) and attnotnull',
    [tables],
  );
  const known = new Set(rows.map(({ attrelid, attnum }) => `${attrelid} ${attnum}`));
  return ({ tableOid, columnNumber }) => known.has(`${tableOid} ${columnNumber}`);
}

function schemaOfRow(fields: readonly DescribedField[], isNeverNull: IsNeverNull): JsonObject {
  const properties = fields.map((field): [string, JsonObject] => {
    const schema = schemaOfType(field.type);
    return [field.name, isNeverNull(field) ? schema : orNull(schema)];
  });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: [...new Set(fields.map(({ name }) => name))],
    additionalProperties: false,
  };
}

/** For a constant, only its shape, because another release may have another value. */
function schemaOfValue(value: Json): JsonObject {
  if (value === null) return {};
  if (Array.isArray(value)) return { type: 'array' };
  if (!isJsonObject(value)) return { type: typeof value };
  const properties = Object.entries(value).map(([name, one]) => [name, schemaOfValue(one)] as const);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
  };
}
