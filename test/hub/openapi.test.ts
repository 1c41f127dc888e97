// The OpenAPI documents that a Hub gives: a validator accepts them, and they say what there is.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { memberAt, toJson } from '../../src/kernel/json.ts';
import { aRelease } from '../support/documents/release.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';

let served: ServedRepo;
beforeAll(async () => {
  served = await serveRepo();
});
afterAll(() => served.close());

interface Document {
  readonly components: unknown;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

async function read(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Document> {
  const { status, json } = await served.hub.ask(path, { headers });
  expect(status).toBe(200);
  expect(await new Validator().validate(structuredClone(json) as Record<string, unknown>)).toMatchObject({
    valid: true,
  });
  return json as Document;
}

it('describes the control plane: every route that it names answers, and no method beside them', async () => {
  const { paths } = await read('/api/v1/openapi.json');
  expect(Object.keys(paths).length).toBeGreaterThan(20);
  for (const [path, methods] of Object.entries(paths)) {
    // A method that no route has is refused with those that there are.
    const { headers } = await served.hub.ask(path.replaceAll(/\{\w+\}/g, 'x'), { method: 'PATCH' });
    const allowed = String(headers['allow']).split(', ');
    expect([path, allowed.filter((method) => method !== 'HEAD')]).toEqual([
      path,
      Object.keys(methods).map((method) => method.toUpperCase()),
    ]);
  }
});

it('describes the operations that the roles of the caller may call, with the schema of their input', async () => {
  const place = '/projects/shop/environments/prod';
  const mine = await read(`/api/v1${place}/openapi.json`, { 'Stk-Role': 'reader' });
  expect(mine.paths[`${place}/call/customers.get`]).toMatchObject({
    post: {
      operationId: 'customers.get',
      requestBody: {
        content: { 'application/json': { schema: { type: 'object', properties: { id: {} } } } },
      },
    },
  });
  const stranger = await read(`/api/v1${place}/openapi.json`, { 'Stk-Role': 'stranger' });
  expect(stranger.paths).toEqual({});
  // In open mode callers choose their role.
  expect(Object.keys((await read(`/api/v1${place}/openapi.json`)).paths).length).toBeGreaterThan(1);
});

it('describes results by the columns of the database, of a release that is not served too', async () => {
  await served.state.owner(`alter table prod.customers
    add column note text, add column tags text[] not null default '{}', add column since timestamptz,
    add column balance numeric not null default 0, add column extra jsonb, add column score double precision`);
  const sql = (text: string, parts: object = {}): object => ({ sql: text, returns: 'many', ...parts });
  const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } } };
  await served.land('feat: more to describe', {
    'releases/v1.3.0.yaml': aRelease({
      release: 'v1.3.0',
      operations: {
        about: { value: { product: 'shop', since: null, parts: [1] } },
        all: sql('select id, note, tags, balance, extra, score, id + 1 as next from customers', {
          input: { $defs: { node }, ...node, additionalProperties: false },
        }),
        joined: sql('select b.id from customers a left join customers b on b.id > a.id', { returns: 'one' }),
        renamed: sql("update customers set note = 'x'", { mode: 'write', returns: 'count' }),
        broken: sql('select nothing from customers'),
      },
    }),
  });
  const place = '/projects/shop/environments/prod';
  const { paths, components } = await read(`/api/v1${place}/openapi.json?release=v1.3.0`);
  const resultOf = (name: string): unknown =>
    memberAt(
      toJson(paths),
      `/${`${place}/call/${name}`.replaceAll('/', '~1')}/post/responses/200/content/application~1json/schema/properties/result`,
    );
  expect(resultOf('all')).toEqual({
    type: 'array',
    items: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        note: { type: ['string', 'null'] },
        tags: { type: 'array', items: { type: ['string', 'null'] } },
        balance: { type: 'string' },
        extra: {},
        score: { type: ['number', 'string', 'null'] },
        next: { type: ['integer', 'null'] },
      },
      required: ['id', 'note', 'tags', 'balance', 'extra', 'score', 'next'],
      additionalProperties: false,
    },
  });
  expect(resultOf('joined')).toMatchObject({ properties: { id: { type: ['integer', 'null'] } } });
  expect([resultOf('renamed'), resultOf('broken')]).toEqual([{ type: 'integer' }, {}]);
  expect(resultOf('about')).toMatchObject({ properties: { product: { type: 'string' }, parts: {} } });
  expect(components).toMatchObject({
    schemas: { all: { properties: { next: { $ref: '#/components/schemas/all/$defs/node' } } } },
  });
  const unknown = await served.hub.ask(`/api/v1${place}/openapi.json?release=v9`);
  expect(unknown.json).toMatchObject({ code: 'unknown-release' });
});
