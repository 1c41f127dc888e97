// POST …/call and GET …/config over real HTTP: routes, headers, refusals, and what a hostile client may try.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { Client } from 'pg';
import { sendRaw, sendRawThenRead } from '../support/hub/raw-request.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';

let served: ServedRepo;
beforeAll(async () => {
  served = await serveRepo({
    // A call that waits for what a test holds has the time of the test.
    project: { limits: { statement: '180s', lock: '180s' } },
    options: { limits: { concurrentCallsPerEnvironment: 2 } },
  });
});
afterAll(() => served.close());

const about = { operation: 'about' };
const reader = { 'Stk-Role': 'reader' };

describe('POST /call', () => {
  it('answers by the serving release, in the long form and the short one', async () => {
    const { hub } = served;
    const short = await hub.call('dev', about);
    const long = await hub.ask('/projects/shop/environments/dev/call', {
      method: 'POST',
      body: about,
      headers: reader,
    });
    expect([short.status, short.json]).toEqual([200, { result: { product: 'shop' } }]);
    expect(long.json).toEqual(short.json);
    expect(short.headers).toMatchObject({
      'stk-release': 'v1.1.0',
      'stk-revision': await served.repo.revision(),
      'content-type': 'application/json',
    });
  });

  it('passes the row text of a statement on', async () => {
    const answer = await served.hub.call('dev', { operation: 'customers.get', input: { id: 1 } });
    expect(answer.text).toBe('{"result":{"id":1,"email":"ann@example.com"}}');
  });

  it.each([
    ['a call', '/call', { method: 'POST', body: about, headers: { ...reader, 'Stk-Environment': 'dev' } }],
    ['a refused call', '/call', { method: 'POST', body: '{', headers: { 'Stk-Environment': 'dev' } }],
    ['config', '/projects/shop/environments/dev/config', { headers: reader }],
    ['an unknown route', '/nowhere', {}],
    ['the control plane', '/api/v1/projects', {}],
    ['an unknown control route', '/api/v1/nowhere', {}],
    ['health', '/health', {}],
  ])('sends X-Request-Id and Server-Timing with %s', async (_, path, ask) => {
    const { headers } = await served.hub.ask(path, ask);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
    expect(headers['server-timing']).toMatch(/^total;dur=\d/);
  });

  it('takes over a request id that is safe and no other', async () => {
    const safe = await served.hub.call('dev', about, { ...reader, 'X-Request-Id': 'trace-1.2' });
    const odd = await served.hub.call('dev', about, { ...reader, 'X-Request-Id': 'a b"<>' });
    expect(safe.headers['x-request-id']).toBe('trace-1.2');
    expect(odd.headers['x-request-id']).not.toContain('<');
  });

  it.each([
    ['nobody', {}, about, 403, 'forbidden'],
    ['another role', { 'Stk-Role': 'guest' }, about, 403, 'forbidden'],
    ['two roles in one header', { 'Stk-Role': 'guest, reader' }, about, 400, 'malformed'],
    ['an unknown operation', reader, { operation: 'nope' }, 404, 'unknown-operation'],
    ['an operation that is not a string', reader, { operation: 1 }, 400, 'malformed'],
    ['an unknown member', reader, { operation: 'about', inputs: {} }, 400, 'malformed'],
    ['an array', reader, [], 400, 'malformed'],
    ['a wrong input', reader, { operation: 'customers.get', input: { id: 'x' } }, 400, 'invalid-input'],
    ['an input that is not an object', reader, { operation: 'about', input: [] }, 400, 'invalid-input'],
    ['another release', { ...reader, 'Stk-If-Release': 'v9' }, about, 412, 'other-release'],
    ['another project', { ...reader, 'Stk-Project': 'other' }, about, 404, 'unknown-project'],
    ['another environment', { ...reader, 'Stk-Environment': 'nope' }, about, 404, 'unknown-environment'],
    ['a form', { ...reader, 'Content-Type': 'text/plain' }, about, 415, 'unsupported-media-type'],
    ['a compressed body', { ...reader, 'Content-Encoding': 'gzip' }, about, 415, 'unsupported-media-type'],
  ])('refuses %s with its code as a problem document', async (_, headers, body, status, code) => {
    const answer = await served.hub.call('dev', body, headers);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json).toMatchObject({
      status,
      code,
      type: `urn:stk:problem:${code}`,
      title: expect.any(String),
      detail: expect.any(String),
      retryable: false,
    });
    expect(answer.status).toBe(status);
  });

  it('tells who names no role in open mode how to name one', async () => {
    const hint = expect.stringContaining('Stk-Role: ROLE');
    expect((await served.hub.call('dev', about, {})).json).toMatchObject({ code: 'forbidden', hint });
    expect((await served.hub.call('dev', about, { 'Stk-Role': 'guest' })).json).not.toMatchObject({ hint });
  });

  it('asks for an environment where several are served and none is named', async () => {
    const answer = await served.hub.ask('/call', { method: 'POST', body: about, headers: reader });
    expect(answer.json).toMatchObject({ status: 400, code: 'malformed' });
    expect(answer.text).toContain('(dev, prod)');
  });

  it.each([
    ['another method', { method: 'DELETE', headers: reader }, 405],
    ['another origin', { method: 'POST', body: about, headers: { Origin: 'https://evil.example' } }, 403],
    ['no role', { method: 'POST', body: about }, 403],
    ['a form', { method: 'POST', body: about, headers: { 'Content-Type': 'text/plain' } }, 415],
  ])('says what serves when it refuses %s', async (_, ask, status) => {
    const answer = await served.hub.ask('/projects/shop/environments/dev/call', ask);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'stk-release': 'v1.1.0',
      'stk-revision': expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  it('goes on when Stk-If-Release names the serving release', async () => {
    expect((await served.hub.call('dev', about, { ...reader, 'Stk-If-Release': 'v1.1.0' })).status).toBe(200);
  });

  it('takes prototype keys as data', async () => {
    const body =
      '{"operation":"about","input":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}';
    const headers = { ...reader, 'Content-Type': 'application/json' };
    const inside = await served.hub.call('dev', body, headers);
    expect(inside.json).toMatchObject({ code: 'invalid-input' });
    expect(inside.text).toContain('__proto__');
    const outside = await served.hub.call('dev', '{"__proto__":{"operation":"about"}}', headers);
    expect(outside.json).toMatchObject({ code: 'malformed' });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it.each([
    ['broken JSON', '{"operation":'],
    ['an empty body', ''],
    ['nesting beyond the limit', `{"operation":"about","input":${'{"a":'.repeat(200)}1${'}'.repeat(201)}`],
  ])('refuses %s', async (_, body) => {
    const headers = { ...reader, 'Content-Type': 'application/json' };
    expect((await served.hub.call('dev', body, headers)).json).toMatchObject({
      status: 400,
      code: 'malformed',
    });
  });

  it('refuses a body beyond the limit, and goes on serving', async () => {
    const { hub } = served;
    const big = { operation: 'about', input: { a: 'x'.repeat(2 * 1024 * 1024) } };
    expect((await hub.call('dev', big)).json).toMatchObject({ status: 413, code: 'too-large' });
    expect((await hub.call('dev', about)).status).toBe(200);
  });

  it('holds so many bytes of bodies and no more, and has room again when they are answered', async () => {
    const small = await served.startAnother({ limits: { heldBodies: 700_000 } });
    const large = { operation: 'about', input: { a: 'x'.repeat(400_000) } };
    const half = JSON.stringify(large).slice(0, -1000);
    const slow = connect(small.address.port, '127.0.0.1');
    const head = `POST /call HTTP/1.1\r\nHost: 127.0.0.1:${small.address.port}\r\nStk-Environment: dev\r\n`;
    slow.write(
      `${head}Content-Type: application/json\r\nContent-Length: ${half.length + 1000}\r\n\r\n${half}`,
    );
    let refused = await small.call('dev', large);
    // Until the first has arrived, which nobody tells, there is room.
    while (refused.status === 400) refused = await small.call('dev', large);
    expect(refused.json).toMatchObject({ status: 503, code: 'overloaded', retryable: true });
    expect(refused.headers['retry-after']).toBe('1');
    expect((await small.call('dev', about)).status).toBe(200);
    slow.destroy();
    while ((await small.call('dev', large)).status === 503);
    expect((await small.call('dev', large)).json).toMatchObject({ code: 'invalid-input' });
  });

  it('refuses a body beyond the limit whose size was not declared', async () => {
    const part = 'x'.repeat(1024 * 1024);
    const chunk = `${part.length.toString(16)}\r\n${part}\r\n`;
    const text = await sendRaw(
      served.hub.address.port,
      `POST /call HTTP/1.1\r\nHost: 127.0.0.1:${served.hub.address.port}\r\nStk-Environment: dev\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
  });

  it.each([
    ['too large', 'application/json', 413],
    ['of another type', 'text/plain', 415],
  ])('tells a client that closes behind its body, %s, why it is refused', async (_, type, status) => {
    const patient = await served.startAnother({});
    const { port } = patient.address;
    const body = 'x'.repeat(12 * 1024 * 1024);
    const head = `POST /call HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nStk-Environment: dev\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
    expect(await sendRawThenRead(port, head + body)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it.each([
    ['a byte that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'malformed', /not UTF-8/],
    [
      'the character that stands for such a byte',
      Buffer.from('"\uFFFD"'),
      'malformed',
      /must be a JSON object/,
    ],
  ])('takes a body with %s for what it is', async (_, bytes, code, detail) => {
    const headers = { ...reader, 'Stk-Environment': 'dev', 'Content-Type': 'application/json' };
    const answer = await fetch(`${served.hub.url}/call`, { method: 'POST', headers, body: bytes });
    const problem: unknown = await answer.json();
    expect(problem).toMatchObject({ code, detail: expect.stringMatching(detail) });
  });

  it('gives up on a body that does not arrive', async () => {
    const impatient = await served.startAnother({
      limits: { requestTimeout: 300, headersTimeout: 300, timeoutCheck: 50 },
    });
    const text = await sendRaw(
      impatient.address.port,
      'POST /call HTTP/1.1\r\nHost: 127.0.0.1\r\nStk-Environment: dev\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
    );
    expect(text).toMatch(/^HTTP\/1\.1 408/);
  });

  it('answers what is not HTTP with a problem document', async () => {
    const text = await sendRaw(served.hub.address.port, 'NONSENSE\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 400 [\s\S]*X-Request-Id: [\s\S]*"code":"malformed"/);
  });

  it('refuses more concurrent calls than the limit with 429 and Retry-After', async () => {
    const get = { operation: 'customers.get', input: { id: 1 } };
    const owner = new Client({ connectionString: served.state.databaseUrl });
    await owner.connect();
    await owner.query('begin; lock table dev.customers');
    const running = [served.hub.call('dev', get), served.hub.call('dev', get)];
    const waiting =
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while ((await served.state.owner(waiting)).length < 2);
    const refused = await served.hub.call('dev', get);
    await owner.query('rollback');
    await owner.end();
    expect(refused.json).toMatchObject({ status: 429, code: 'too-many-requests', retryable: true });
    expect(refused.headers['retry-after']).toBe('1');
    expect((await Promise.all(running)).map((answer) => answer.status)).toEqual([200, 200]);
  });

  it('has the database looked at when a statement no longer fits, and tells the caller no SQL', async () => {
    const { state, hub } = served;
    await state.owner('alter table dev.customers rename to secret_customers');
    const answer = await hub.call('dev', { operation: 'customers.get', input: { id: 1 } });
    expect(answer.json).toMatchObject({
      status: 500,
      code: 'internal',
      operation: 'customers.get',
      environment: 'dev',
    });
    expect(answer.text).not.toMatch(/secret|select|relation/i);
    await untilDrifted(true);
    await state.owner('alter table dev.secret_customers rename to customers');
    expect((await hub.call('dev', { operation: 'customers.get', input: { id: 1 } })).status).toBe(200);
  });
});

describe('GET /config', () => {
  const path = '/projects/shop/environments/dev/config';

  it('gives the config of the serving release to who may read it', async () => {
    const answer = await served.hub.ask(path, { headers: reader });
    expect([answer.status, answer.json]).toEqual([200, { greeting: 'hi' }]);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  it('answers HEAD with the headers alone', async () => {
    const answer = await served.hub.ask(path, { method: 'HEAD', headers: reader });
    expect([answer.status, answer.text, answer.headers['stk-release']]).toEqual([200, '', 'v1.1.0']);
  });

  it('refuses who may not', async () => {
    const nobody = { status: 403, code: 'forbidden', hint: expect.stringContaining('Stk-Role: ROLE') };
    expect((await served.hub.ask(path)).json).toMatchObject(nobody);
  });

  it.each([
    ['/call', 'GET', 'POST'],
    [path, 'DELETE', 'GET, HEAD'],
    ['/health', 'POST', 'GET, HEAD'],
    ['/metrics', 'POST', 'GET, HEAD'],
    ['/api/v1/projects', 'POST', 'GET, HEAD'],
    ['/api/v1/projects/shop/sync', 'GET', 'POST'],
  ])('names what %s allows when asked with %s', async (route, method, allow) => {
    const answer = await served.hub.ask(route, { method });
    expect([answer.status, answer.headers['allow'], answer.json]).toMatchObject([
      405,
      allow,
      { code: 'method-not-allowed' },
    ]);
  });

  it.each([
    '/',
    '/nope',
    '/projects/shop/environments/dev/nope',
    '/projects/../call',
    '/api/v2',
    '/api/v1/%zz',
  ])('has no route %s', async (route) => {
    const answer = await served.hub.ask(route);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect([400, 404]).toContain(answer.status);
  });
});

/** Asks until the status page says so; the test's own time limit ends it. */
async function untilDrifted(isDrifted: boolean): Promise<void> {
  const wanted = isDrifted ? 'True' : 'False';
  for (;;) {
    const status = served.state.reconciler.status('dev');
    if (status?.conditions.some((one) => one.type === 'Drifted' && one.status === wanted) === true) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
