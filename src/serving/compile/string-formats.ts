// The formats that input schemas may use, validated, with a length limit: the expressions behind some of them are
// super-linear.
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { Format } from 'ajv';

export const maxFormatLength = 2048;

export const knownFormats: readonly string[] = [
  'date',
  'time',
  'date-time',
  'iso-time',
  'iso-date-time',
  'duration',
  'uri',
  'uri-reference',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
  'json-pointer',
  'byte',
  'int32',
  'int64',
  'float',
  'double',
];

/** By name, for ajv. */
export const stringFormats: Readonly<Record<string, Format>> = Object.fromEntries(
  knownFormats.flatMap((name) => {
    const format = Object.entries(fullFormats).find(([known]) => known === name)?.[1];
    return format === undefined ? [] : [[name, bound(format)]];
  }),
);

function bound(format: Format): Format {
  if (format instanceof RegExp) return (text: string) => text.length <= maxFormatLength && format.test(text);
  if (typeof format === 'function') return (text: string) => text.length <= maxFormatLength && format(text);
  return format;
}
