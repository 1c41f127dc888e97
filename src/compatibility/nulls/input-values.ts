// Which values a caller may send for an input, as far as its JSON Schema shows directly. Schemas that are not
// understood allow every value.
import { compilePattern } from '../../documents/compile-pattern.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import type { SqlOperation } from '../../model/release.ts';
import { spend, type Effort } from './null-outcome.ts';

/** True unless the input's schema requires it with a type that excludes null. */
export function mayBeNull({ input }: SqlOperation, parameter: string): boolean {
  if (typeof input !== 'object') return true;
  const { required } = input;
  if (!Array.isArray(required) || !required.includes(parameter)) return true;
  const property = propertyOf(input, parameter);
  if (!isJsonObject(property)) return true;
  const { type, enum: values, const: constant } = property;
  if (values !== undefined) return Array.isArray(values) && values.includes(null);
  if (constant !== undefined) return constant === null;
  if (type === undefined)
    return (
      property['anyOf'] === undefined &&
      property['oneOf'] === undefined &&
      property['allOf'] === undefined &&
      property['$ref'] === undefined
    );
  return Array.isArray(type) ? type.includes('null') : type === 'null';
}

/** `literal`: as SQL writes it, `''` or `0`. */
export function mayBeLiteral(
  { input }: SqlOperation,
  parameter: string,
  { literal, effort }: { readonly literal: string; readonly effort: Effort },
): boolean {
  const property = typeof input === 'object' ? propertyOf(input, parameter) : true;
  const forms: Json[] = [literal];
  if (/^-?\d+(?:\.\d+)?$/.test(literal)) forms.push(Number(literal));
  if (literal === 'true' || literal === 'false') forms.push(literal === 'true');
  return forms.some((form) => mayBe(property, form, { depth: 0, effort }));
}

const mostValues = 32;

/** All allowed values when they are few; otherwise `undefined`. */
export function listValues({ input }: SqlOperation, parameter: string): readonly string[] | undefined {
  const property = typeof input === 'object' ? propertyOf(input, parameter) : true;
  if (!isJsonObject(property)) return undefined;
  const { type, enum: values, const: constant, minimum, maximum } = property;
  const all = constant === undefined ? values : [constant];
  if (Array.isArray(all)) return all.length > mostValues ? undefined : all.map(write);
  if (type === 'boolean') return ['true', 'false'];
  if (type !== 'integer' || typeof minimum !== 'number' || typeof maximum !== 'number') return undefined;
  const first = Math.ceil(minimum);
  const count = Math.floor(maximum) - first + 1;
  if (count > mostValues || count < 0) return undefined;
  return Array.from({ length: count }, (_none, i) => String(first + i));
}

function write(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Formats that exclude the empty text. */
const filledFormats: ReadonlySet<string> = new Set(
  'date time date-time duration email hostname ipv4 ipv6 uri uuid'.split(' '),
);
/** A limit, because releases write these: longer texts or patterns, with repetitions expanded, are not matched. */
const longestMatched = 64;
const largestPattern = 10_000;

interface SchemaPlace {
  readonly depth: number;
  /** Beyond this effort, the value counts as excluded. */
  readonly effort: Effort;
}

function mayBe(schema: Json | undefined, value: Json, { depth, effort }: SchemaPlace): boolean {
  if (schema === false || !spend(effort, 1)) return false;
  if (!isJsonObject(schema) || depth > 8) return true;
  const all = (key: string): Json[] => {
    const list = schema[key];
    return Array.isArray(list) ? list : [];
  };
  if (schema['type'] !== undefined && ![schema['type']].flat().some((type) => isOfType(value, type)))
    return false;
  if (schema['const'] !== undefined && schema['const'] !== value) return false;
  if (schema['enum'] !== undefined && !(spend(effort, all('enum').length) && all('enum').includes(value)))
    return false;
  if (typeof value === 'string' && !mayBeText(schema, value, effort)) return false;
  if (typeof value === 'number' && !isWithin(schema, value)) return false;
  if (isJsonObject(schema['not']) && isRuledOut(schema['not'], value)) return false;
  const below = { depth: depth + 1, effort };
  return (
    all('allOf').every((part) => mayBe(part, value, below)) &&
    ['anyOf', 'oneOf'].every(
      (key) => schema[key] === undefined || all(key).some((part) => mayBe(part, value, below)),
    )
  );
}

function isOfType(value: Json, type: Json): boolean {
  if (type === 'integer') return Number.isInteger(value);
  return type === typeof value;
}

function mayBeText(
  { minLength, maxLength, pattern, format }: JsonObject,
  value: string,
  effort: Effort,
): boolean {
  const { length } = [...value];
  if (typeof minLength === 'number' && length < minLength) return false;
  if (typeof maxLength === 'number' && length > maxLength) return false;
  if (length === 0 && typeof format === 'string' && filledFormats.has(format)) return false;
  return typeof pattern !== 'string' || isMatch(pattern, value, effort);
}

/** False when that takes too long, so that nothing is blocked for a value that nobody may send. */
function isMatch(pattern: string, value: string, effort: Effort): boolean {
  const counts = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, least, most]) =>
    Number(most === undefined || most === '' ? least : most),
  );
  // Only repetitions of groups can be nested.
  const times = pattern.includes('){')
    ? counts.reduce((product, count) => product * Math.max(count, 1), 1)
    : Math.max(1, ...counts);
  const size = pattern.length * times;
  if (size > largestPattern || value.length > longestMatched || !spend(effort, size)) return false;
  try {
    return compilePattern(pattern).test(value);
  } catch {
    return false;
  }
}

function isWithin(schema: JsonObject, value: number): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  return !(
    (typeof minimum === 'number' && value < minimum) ||
    (typeof maximum === 'number' && value > maximum) ||
    (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) ||
    (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
  );
}

/** `not: { const: '' }` and `not: { enum: [''] }`. */
function isRuledOut(not: JsonObject, value: Json): boolean {
  const keys = Object.keys(not);
  if (keys.length !== 1) return false;
  return not['const'] === value || (Array.isArray(not['enum']) && not['enum'].includes(value));
}

function propertyOf(input: JsonObject, parameter: string): Json {
  const properties = input['properties'];
  return isJsonObject(properties) && Object.hasOwn(properties, parameter)
    ? (properties[parameter] ?? true)
    : true;
}
