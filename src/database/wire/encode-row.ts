// Converts PostgreSQL's text of a value directly to stk's JSON text of it (architecture, "On the wire"). The encoders
// of a statement's columns are chosen once, when it is prepared.
import type { TypeInfo } from '../database.ts';
import { parseArrayText, type ArrayText } from './array-text.ts';

/** PostgreSQL's text (UTF8, DateStyle ISO, TimeZone UTC, bytea_output hex) → JSON text. */
export type EncodeText = (text: string) => string;

export interface RowColumn {
  readonly name: string;
  readonly type: TypeInfo;
}

/** Column encoders of a row: `row(values)` is the text of a JSON object. */
export class RowEncoder {
  readonly #keys: readonly string[];
  readonly #encode: readonly EncodeText[];

  constructor(columns: readonly RowColumn[]) {
    this.#keys = columns.map(({ name }, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`);
    this.#encode = columns.map(({ type }) => chooseEncoder(type));
  }

  row(values: readonly (string | null)[]): string {
    let json = '';
    for (let index = 0; index < this.#keys.length; index += 1) {
      const value = values[index];
      const encode = this.#encode[index];
      json += this.#keys[index];
      json += value === null || value === undefined || encode === undefined ? 'null' : encode(value);
    }
    return json === '' ? '{}' : `${json}}`;
  }
}

const asText: EncodeText = (text) => JSON.stringify(text);
const asIs: EncodeText = (text) => text;
/** For text without characters that JSON escapes. */
const asQuoted: EncodeText = (text) => `"${text}"`;
const asBoolean: EncodeText = (text) => (text === 't' ? 'true' : 'false');
const asFloat: EncodeText = (text) => (/[IN]/.test(text) ? `"${text}"` : text);
const asBase64: EncodeText = (text) => `"${Buffer.from(text.slice(2), 'hex').toString('base64')}"`;

/** `2026-11-21 08:00:00.5+00` → `2026-11-21T08:00:00.500000Z`; infinity and years BC stay unchanged. */
const asInstant: EncodeText = (text) => {
  const space = text.indexOf(' ');
  if (space < 0 || !text.endsWith('+00')) return `"${text}"`;
  const time = text.slice(space + 1, -3);
  const micros = time.length === 8 ? '.000000' : ''.padEnd(15 - time.length, '0');
  return `"${text.slice(0, space)}T${time}${micros}Z"`;
};

const byOid: ReadonlyMap<number, EncodeText> = new Map([
  [16, asBoolean],
  [17, asBase64],
  [20, asQuoted],
  [21, asIs],
  [23, asIs],
  [114, asIs],
  [700, asFloat],
  [701, asFloat],
  [1082, asQuoted],
  [1184, asInstant],
  [1700, asQuoted],
  [2950, asQuoted],
  [3802, asIs],
]);

/** Only `box` separates array elements with semicolons. */
export const boxOid = 603;

export function chooseEncoder(type: TypeInfo): EncodeText {
  if (type.base !== undefined) return chooseEncoder(type.base);
  if (type.element === undefined) return byOid.get(type.oid) ?? asText;
  const encodeElement = chooseEncoder(type.element);
  const delimiter = type.element.oid === boxOid ? ';' : ',';
  return (text) => encodeArray(parseArrayText(text, delimiter), encodeElement);
}

function encodeArray(items: ArrayText, encodeElement: EncodeText): string {
  const encoded = items.map((item) => {
    if (item === null) return 'null';
    return typeof item === 'string' ? encodeElement(item) : encodeArray(item, encodeElement);
  });
  return `[${encoded.join(',')}]`;
}
