// The typed client as text: which type a schema becomes, and that one document gives one text.
import { expect, it } from '@jest/globals';
import { NamedTypes, typeOfSchema } from '../../src/cli/client/type-of-schema.ts';
import { writeClient } from '../../src/cli/client/write-client.ts';
import type { Json } from '../../src/kernel/json.ts';

const typeOf = (schema: Json): string => typeOfSchema(schema, new NamedTypes(schema));

it.each<[string, Json]>([
  ['unknown', true],
  ['unknown', {}],
  ['never', false],
  ['string | null', { type: ['string', 'null'] }],
  ['"a" | 1 | null', { enum: ['a', 1, null] }],
  ['{ kind: "a" }', { const: { kind: 'a' } }],
  ['(string | null)[]', { type: 'array', items: { type: ['string', 'null'] } }],
  ['[string, number?, ...unknown[]]', { prefixItems: [{ type: 'string' }, { type: 'number' }], minItems: 1 }],
  ['[string?]', { type: 'array', prefixItems: [{ type: 'string' }], items: false }],
  ['Record<string, never>', { type: 'object', additionalProperties: false }],
  ['{ [name: string]: number }', { type: 'object', additionalProperties: { type: 'integer' } }],
  ['{ a: string; "b-c"?: unknown }', { properties: { a: { type: 'string' }, 'b-c': {} }, required: ['a'] }],
  [
    '{ a?: string; [name: string]: unknown }',
    { properties: { a: { type: 'string' } }, additionalProperties: true },
  ],
  [
    '{ a: unknown } & ({ b: unknown } | string)',
    { required: ['a'], anyOf: [{ required: ['b'] }, { type: 'string' }] },
  ],
  ['number & { a: unknown }', { allOf: [{ type: 'number' }, { required: ['a'] }, {}] }],
  ['{ "*/": "*/"; "\\n`": unknown }', { properties: { '*/': { const: '*/' } }, required: ['*/', '\n`'] }],
])('makes %s', (type, schema) => {
  expect(typeOf(schema)).toBe(type);
});

const place = '/projects/shop/environments/prod/call';
const call = (input: Json, result: Json): Json => ({
  post: {
    requestBody: { content: { 'application/json': { schema: input } } },
    responses: { '200': { content: { 'application/json': { schema: { properties: { result } } } } } },
  },
});

it('gives a schema that refers to itself a name, and sorts operations', () => {
  const node = { type: 'object', properties: { next: { $ref: '#/components/schemas/b.c/$defs/a~1b' } } };
  const document: Json = {
    paths: {
      [`${place}/b.c`]: call({ $ref: '#/components/schemas/b.c' }, { type: 'integer' }),
      [`${place}/a`]: call({ type: 'object' }, { type: 'string' }),
    },
    components: {
      schemas: { 'b.c': { $defs: { 'a/b': node }, $ref: '#/components/schemas/b.c/$defs/a~1b' } },
    },
  };
  const of = { project: 'shop', environment: 'prod', release: 'v1' };
  const { text, operations } = writeClient(document, of);
  expect(operations).toBe(2);
  expect(text).toContain(`export interface paths {
  "/call/a": Call<{ [name: string]: unknown }, string>;
  "/call/b.c": Call<RefBC, number>;
}

export type RefBC = RefBCDefsA1b;

export type RefBCDefsA1b = { next?: RefBCDefsA1b };
`);
  expect(writeClient(structuredClone(document), of).text).toBe(text);
});
