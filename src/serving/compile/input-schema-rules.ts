// stk's rules for an input schema beyond JSON Schema itself: no external references, no cost that a caller controls,
// and agreement with the SQL's parameters.
import { pointerTo } from '../../documents/yaml/document-tree.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import { createLinearPattern } from './linear-pattern.ts';
import { knownFormats } from './string-formats.ts';
import type { Report } from '../../documents/yaml/read-document.ts';

/** Most items of a list with uniqueItems, because each is converted to a text. */
export const maxUniqueItems = 1000;

const single = [
  'items',
  'additionalProperties',
  'unevaluatedItems',
  'unevaluatedProperties',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
];
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const maps = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];
const outside = [
  '$id',
  '$anchor',
  '$dynamicRef',
  '$dynamicAnchor',
  '$recursiveRef',
  '$recursiveAnchor',
  '$vocabulary',
  '$async',
];
const dialect = 'https://json-schema.org/draft/2020-12/schema';

/** Reports everything in the schema that stk does not accept. `pointer`: its position in the release. */
export function judgeInputSchema(schema: Json, pointer: string, report: Report): void {
  if (!isJsonObject(schema)) return;
  judgeKeywords(schema, pointer, report);
  for (const key of single) {
    const below = own(schema, key);
    if (below !== undefined) judgeInputSchema(below, pointerTo(pointer, key), report);
  }
  for (const key of lists) {
    const below = own(schema, key);
    if (!Array.isArray(below)) continue;
    for (const [i, item] of below.entries())
      judgeInputSchema(item, `${pointerTo(pointer, key)}/${i}`, report);
  }
  for (const key of maps) {
    const below = own(schema, key);
    if (below === undefined || !isJsonObject(below)) continue;
    for (const [name, item] of Object.entries(below)) {
      const place = pointerTo(pointerTo(pointer, key), name);
      if (name === '__proto__') report(place, '"__proto__" cannot be the name of a member');
      if (key === 'patternProperties') judgePattern(name, place, report);
      judgeInputSchema(item, place, report);
    }
  }
}

function judgeKeywords(schema: JsonObject, pointer: string, report: Report): void {
  for (const key of outside) {
    if (Object.hasOwn(schema, key))
      report(
        pointerTo(pointer, key),
        `"${key}" is not supported: refer to parts of the input schema as "#/…"`,
      );
  }
  const ref = own(schema, '$ref');
  if (ref !== undefined && !(typeof ref === 'string' && ref.startsWith('#/'))) {
    report(
      pointerTo(pointer, '$ref'),
      'expected a reference to a part of the schema, "#/…": not to the whole schema or to another document',
    );
  }
  const written = own(schema, '$schema');
  if (written !== undefined && written !== dialect)
    report(pointerTo(pointer, '$schema'), `expected ${dialect}`);
  const pattern = own(schema, 'pattern');
  if (typeof pattern === 'string') judgePattern(pattern, pointerTo(pointer, 'pattern'), report);
  const format = own(schema, 'format');
  if (typeof format === 'string' && !knownFormats.includes(format)) {
    report(pointerTo(pointer, 'format'), `"${format}" is not a known format${suggest(format, knownFormats)}`);
  }
  const most = own(schema, 'maxItems');
  if (own(schema, 'uniqueItems') === true && !(typeof most === 'number' && most <= maxUniqueItems)) {
    report(
      pointerTo(pointer, 'uniqueItems'),
      `"uniqueItems" needs "maxItems" of at most ${maxUniqueItems} beside it: each item is compared with the others`,
    );
  }
}

function judgePattern(pattern: string, pointer: string, report: Report): void {
  try {
    createLinearPattern(pattern);
  } catch (error) {
    report(pointer, error instanceof Error ? error.message : String(error));
  }
}

/** Reports differences between the schema of an operation with SQL and the SQL's parameters. */
export function judgeParameters(
  schema: JsonObject | boolean,
  parameters: readonly string[],
  pointer: string,
  report: Report,
): void {
  if (!isJsonObject(schema) || own(schema, 'type') !== 'object') {
    report(pointer, 'the input of an operation with SQL is an object: expected "type: object"');
    return;
  }
  const properties = own(schema, 'properties') ?? {};
  const names = isJsonObject(properties) ? Object.keys(properties) : [];
  const isClosed =
    own(schema, 'additionalProperties') === false && own(schema, 'patternProperties') === undefined;
  for (const name of isClosed ? parameters : []) {
    if (!names.includes(name))
      report(pointer, `the SQL uses :${name}, which the input schema does not allow${suggest(name, names)}`);
  }
  const required = own(schema, 'required');
  for (const name of isClosed && Array.isArray(required) ? required : []) {
    if (typeof name === 'string' && !names.includes(name)) {
      report(
        `${pointer}/required`,
        `"${name}" is required but not among the properties, so no input can be valid${suggest(name, names)}`,
      );
    }
  }
}

function own(schema: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(schema, key) ? schema[key] : undefined;
}
