// What programs ask of a Hub beside /call: an operation by its path, the serving release as a document, who they are.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { realClock } from '../support/clock.ts';
import { aPointer } from '../support/documents/release.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';

let served: ServedRepo;
beforeAll(async () => {
  served = await serveRepo({ options: { clock: realClock } });
});
afterAll(() => served.close());

const E = '/api/v1/projects/shop/environments/prod';

it('calls the operation that the path names with the body as its input', async () => {
  const headers = { 'Stk-Role': 'reader' };
  const path = '/projects/shop/environments/prod/call';
  const asked = { method: 'POST', headers } as const;
  const usual = await served.hub.ask(path, {
    ...asked,
    body: { operation: 'customers.get', input: { id: 1 } },
  });
  const named = await served.hub.ask(`${path}/customers.get`, { ...asked, body: { id: 1 } });
  expect([named.status, named.json]).toEqual([200, usual.json]);
  const wrong = await served.hub.ask(`${path}/customers.get`, { ...asked, body: { id: 'x' } });
  expect(wrong.json).toMatchObject({ code: 'invalid-input', errors: [{ pointer: '/id' }] });
  expect((await served.hub.ask(`${path}/nope`, { ...asked, body: {} })).json).toMatchObject({
    code: 'unknown-operation',
  });
  expect((await served.hub.ask(`${path}/customers.get`)).json).toMatchObject({ status: 405 });
  expect((await served.hub.ask(`${path}/a/b`, { ...asked, body: {} })).json).toMatchObject({ status: 404 });
});

it('gives the serving release as a document, 304 while it is the same, and waits for the next', async () => {
  const first = await served.hub.ask(`${E}/snapshot`);
  const { json } = await served.hub.ask('/api/v1/projects/shop/releases/v1.0.0');
  expect([first.status, first.json]).toEqual([200, json]);
  expect(first.headers).toMatchObject({ 'stk-release': 'v1.0.0', 'stk-revision': expect.any(String) });
  const etag = String(first.headers['etag']);
  const same = await served.hub.ask(`${E}/snapshot?wait=10ms`, { headers: { 'If-None-Match': etag } });
  expect([same.status, same.text, same.headers['etag']]).toEqual([304, '', etag]);
  const waiting = served.hub.ask(`${E}/snapshot?wait=30s`, { headers: { 'If-None-Match': etag } });
  await served.land('promote(prod)', { 'environments/prod.yaml': aPointer('v1.1.0') });
  expect(await waiting).toMatchObject({ status: 200, json: { release: 'v1.1.0' } });
  expect((await served.hub.ask(`${E}/snapshot?wait=31s`)).json).toMatchObject({ code: 'malformed' });
});

it('says who is asking and how the environments follow one another', async () => {
  expect((await served.hub.ask('/api/v1/me')).json).toEqual({
    subject: null,
    rights: ['read', 'write'],
    approves: [],
    overrides: [],
  });
  await served.land('chore: a freeze', {
    'freezes/tonight.yaml': 'freeze: tonight\nreason: stocktaking\nenvironments: [prod]\n',
  });
  expect((await served.hub.ask('/api/v1/projects/shop/pipeline')).json).toMatchObject({
    project: 'shop',
    environments: [{ environment: 'dev', from: [], gates: [] }, { environment: 'prod' }],
    freezes: [{ freeze: 'tonight', environments: ['prod'], reason: 'stocktaking', until: null }],
  });
});
