// Converts a JSON value of a request to PostgreSQL's text of a parameter, by the parameter's type: the same forms that
// encode-row.ts writes. It refuses a value of the wrong kind; PostgreSQL interprets texts.
import type { Json } from '../../kernel/json.ts';
import type { TypeInfo } from '../database.ts';
import { writeArrayText, type ArrayText } from './array-text.ts';
import { boxOid } from './encode-row.ts';

export interface ParameterEncoder {
  /** What fits, for a message that starts with "must be". */
  readonly expected: string;
  /** PostgreSQL's text; `undefined` when the value does not fit. Never called with null. */
  encode(value: Exclude<Json, null>): string | undefined;
}

const integerText = /^[+-]?\d{1,64}$/;
const numberText = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const notFinite = /^([+-]?Infinity|NaN)$/;
const instantText = /^\d{4,6}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)( BC)?$/;
const dateText = /^\d{4,7}-\d\d-\d\d( BC)?$/;
const infinity = /^-?infinity$/;
/** PostgreSQL's own limit. */
const mostDimensions = 6;
const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const text: ParameterEncoder = {
  expected: 'a string without NUL characters or unpaired surrogates',
  encode: (value) => (typeof value === 'string' && isStorable(value) ? value : undefined),
};

const boolean: ParameterEncoder = {
  expected: 'true or false',
  encode: (value) => (typeof value === 'boolean' ? (value ? 't' : 'f') : undefined),
};

const integer: ParameterEncoder = {
  expected: 'an integer, as a number or, beyond 2^53, as a string of digits',
  encode: (value) => {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
    return typeof value === 'string' && integerText.test(value) ? value : undefined;
  },
};

const number: ParameterEncoder = {
  expected: 'a number, or a string that holds one',
  encode: (value) => {
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string') return undefined;
    return numberText.test(value) || notFinite.test(value) ? value : undefined;
  },
};

const instant: ParameterEncoder = {
  expected: 'an RFC 3339 time with an offset, e.g. 2026-11-21T08:00:00Z',
  encode: (value) =>
    typeof value === 'string' && (instantText.test(value) || infinity.test(value)) ? value : undefined,
};

const date: ParameterEncoder = {
  expected: 'a date as YYYY-MM-DD',
  encode: (value) =>
    typeof value === 'string' && (dateText.test(value) || infinity.test(value)) ? value : undefined,
};

const bytes: ParameterEncoder = {
  expected: 'a base64 string',
  encode: (value) =>
    typeof value === 'string' && base64Text.test(value)
      ? `\\x${Buffer.from(value, 'base64').toString('hex')}`
      : undefined,
};

const json: ParameterEncoder = {
  expected: 'a JSON value',
  encode: (value) => {
    try {
      return JSON.stringify(value);
    } catch (error) {
      // Nested deeper than the stack allows.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  },
};

const byOid: ReadonlyMap<number, ParameterEncoder> = new Map([
  [16, boolean],
  [17, bytes],
  [20, integer],
  [21, integer],
  [23, integer],
  [26, integer],
  [114, json],
  [700, number],
  [701, number],
  [1082, date],
  [1184, instant],
  [1700, number],
  [3802, json],
]);

export function chooseParameterEncoder(type: TypeInfo): ParameterEncoder {
  if (type.base !== undefined) return chooseParameterEncoder(type.base);
  if (type.element === undefined) return byOid.get(type.oid) ?? text;
  const element = chooseParameterEncoder(type.element);
  const delimiter = type.element.oid === boxOid ? ';' : ',';
  // An array within an array of json is a json value, not a dimension.
  const dimensions = element === json ? 1 : mostDimensions;
  return {
    expected: `an array; each element ${element.expected}`,
    encode: (value) => {
      const items = Array.isArray(value) ? encodeItems(value, element, dimensions) : undefined;
      return items === undefined ? undefined : writeArrayText(items, delimiter);
    },
  };
}

function encodeItems(
  values: readonly Json[],
  element: ParameterEncoder,
  dimensions: number,
): ArrayText | undefined {
  const items: ArrayText = [];
  for (const value of values) {
    if (value === null) {
      items.push(null);
      continue;
    }
    const item =
      dimensions > 1 && Array.isArray(value)
        ? encodeItems(value, element, dimensions - 1)
        : element.encode(value);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function isStorable(value: string): boolean {
  return !value.includes('\u0000') && value.isWellFormed();
}
