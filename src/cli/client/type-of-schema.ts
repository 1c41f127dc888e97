// A JSON Schema as a TypeScript type. Keywords that types cannot express are left out: the type then accepts a little
// more than the schema, and the Hub checks the rest. Pure.
import { isJsonObject, memberAt, type Json, type JsonObject } from '../../kernel/json.ts';

/** The targets of `$ref`, by pointer: each becomes a named type, because a schema may refer to itself. */
export class NamedTypes {
  readonly #document: Json;
  readonly #names = new Map<string, string>();
  readonly #types: string[] = [];

  /** `document`: pointers start at its top. */
  constructor(document: Json) {
    this.#document = document;
  }

  /** `export type NAME = …;` for each requested type, in the order in which they were found. */
  get declarations(): readonly string[] {
    return this.#types;
  }

  nameOf(pointer: string): string {
    const known = this.#names.get(pointer);
    if (known !== undefined) return known;
    const words = pointer
      .replace(/^#\/components\/schemas\//, '')
      .split(/[^\p{L}\p{N}]+/u)
      .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
    const plain = `Ref${words.join('')}`;
    const taken = new Set(this.#names.values());
    let name = plain;
    for (let number = 2; taken.has(name); number += 1) name = `${plain}${number}`;
    this.#names.set(pointer, name);
    const place = this.#types.push('') - 1;
    const target = memberAt(this.#document, decodeURIComponent(pointer.slice(1)));
    this.#types[place] = `export type ${name} = ${typeOfSchema(target ?? true, this)};`;
    return name;
  }
}

export function typeOfSchema(schema: Json, named: NamedTypes): string {
  if (schema === false) return 'never';
  if (!isJsonObject(schema)) return 'unknown';
  const parts = [typeOfReference(schema, named), typeOfValues(schema, named)];
  for (const key of ['anyOf', 'oneOf'])
    if (Array.isArray(schema[key])) parts.push(union(schema[key].map((one) => typeOfSchema(one, named))));
  if (Array.isArray(schema['allOf'])) parts.push(...schema['allOf'].map((one) => typeOfSchema(one, named)));
  return intersection(parts.filter((part) => part !== undefined));
}

function typeOfReference({ $ref: reference }: JsonObject, named: NamedTypes): string | undefined {
  return typeof reference === 'string' ? named.nameOf(reference) : undefined;
}

/** By `const`, `enum` or `type`; `undefined` when none of these is known. */
function typeOfValues(schema: JsonObject, named: NamedTypes): string | undefined {
  if (schema['const'] !== undefined) return literal(schema['const']);
  const { enum: values, type } = schema;
  if (Array.isArray(values)) return union(values.map(literal));
  const types = Array.isArray(type) ? type : type === undefined ? impliedTypes(schema) : [type];
  if (types.length === 0) return undefined;
  return union(types.map((one) => typeOfType(one, schema, named)));
}

function impliedTypes(schema: JsonObject): readonly string[] {
  if (['properties', 'required', 'additionalProperties'].some((key) => key in schema)) return ['object'];
  return 'items' in schema || 'prefixItems' in schema ? ['array'] : [];
}

function typeOfType(type: Json, schema: JsonObject, named: NamedTypes): string {
  switch (type) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'array':
      return typeOfArray(schema, named);
    case 'object':
      return typeOfObject(schema, named);
    default:
      return 'unknown';
  }
}

function typeOfObject(schema: JsonObject, named: NamedTypes): string {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required'])
    ? schema['required'].filter((name) => typeof name === 'string')
    : [];
  const names = [...new Set([...Object.keys(properties), ...required])];
  const members = names.map((name) => {
    const mark = required.includes(name) ? '' : '?';
    const own = Object.hasOwn(properties, name) ? properties[name] : true;
    return `${keyOf(name)}${mark}: ${typeOfSchema(own ?? true, named)}`;
  });
  const { additionalProperties: others, patternProperties } = schema;
  if (names.length === 0 && others === false && patternProperties === undefined)
    return 'Record<string, never>';
  const isOpen = names.length === 0 || (others !== undefined && others !== false);
  if (isOpen || patternProperties !== undefined) {
    // Beside properties of other types, an index signature would be wrong.
    const isPlain = names.length === 0 && patternProperties === undefined && others !== undefined;
    members.push(`[name: string]: ${isPlain ? typeOfSchema(others, named) : 'unknown'}`);
  }
  return `{ ${members.join('; ')} }`;
}

function typeOfArray(schema: JsonObject, named: NamedTypes): string {
  const { prefixItems: first, items, minItems } = schema;
  const rest = items === undefined ? 'unknown' : typeOfSchema(items, named);
  if (!Array.isArray(first)) return `${grouped(rest)}[]`;
  const least = typeof minItems === 'number' ? minItems : 0;
  const members = first.map(
    (one, index) => `${grouped(typeOfSchema(one, named))}${index < least ? '' : '?'}`,
  );
  return `[${[...members, ...(items === false ? [] : [`...${grouped(rest)}[]`])].join(', ')}]`;
}

function literal(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, one]) => `${keyOf(name)}: ${literal(one)}`);
  return members.length === 0 ? 'Record<string, never>' : `{ ${members.join('; ')} }`;
}

function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function union(types: readonly string[]): string {
  const each = [...new Set(types)];
  if (each.length === 0) return 'never';
  return each.length === 1 ? (each[0] ?? 'never') : each.map(grouped).join(' | ');
}

function intersection(types: readonly string[]): string {
  const each = [...new Set(types)].filter((type) => type !== 'unknown');
  return each.length === 0
    ? 'unknown'
    : each.length === 1
      ? (each[0] ?? 'unknown')
      : each.map(grouped).join(' & ');
}

/** Adds parentheses when there is an operator outside brackets. */
function grouped(type: string): string {
  return /[|&]/.test(type) && !/^[{[][^{}[\]]*[}\]]$/.test(type) ? `(${type})` : type;
}
