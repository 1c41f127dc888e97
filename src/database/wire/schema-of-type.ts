// JSON Schema of a value as encode-row.ts writes it: what a caller gets for a column of this type.
import type { JsonObject } from '../../kernel/json.ts';
import type { TypeInfo } from '../database.ts';

const byOid: ReadonlyMap<number, JsonObject> = new Map<number, JsonObject>([
  [16, { type: 'boolean' }],
  [17, { type: 'string', contentEncoding: 'base64' }],
  [21, { type: 'integer' }],
  [23, { type: 'integer' }],
  [114, {}],
  // NaN and the infinities are strings.
  [700, { type: ['number', 'string'] }],
  [701, { type: ['number', 'string'] }],
  [2950, { type: 'string', format: 'uuid' }],
  [3802, {}],
]);

/** An array of several dimensions has the type of one dimension: its elements are not described further. */
export function schemaOfType(type: TypeInfo): JsonObject {
  if (type.base !== undefined) return schemaOfType(type.base);
  if (type.element === undefined) return byOid.get(type.oid) ?? { type: 'string' };
  return { type: 'array', items: orNull(schemaOfType(type.element)) };
}

export function orNull(schema: JsonObject): JsonObject {
  const { type } = schema;
  if (type === undefined) return schema;
  return { ...schema, type: [...(Array.isArray(type) ? type : [type]), 'null'] };
}
