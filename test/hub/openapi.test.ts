// The OpenAPI documents that a Hub gives: a validator accepts them, and they say what there is.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';

let served: ServedRepo;
beforeAll(async () => {
  served = await serveRepo();
});
afterAll(() => served.close());

interface Document {
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
  expect((await read(`/api/v1${place}/openapi.json`)).paths).toEqual({});
});
