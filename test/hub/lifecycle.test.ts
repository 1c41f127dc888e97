// A Hub from before its first activation to its end: readiness, metrics as releases change, limits, and an orderly stop.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Client } from 'pg';
import { aPointer, aProject } from '../support/documents/release.ts';
import { sendRaw } from '../support/hub/raw-request.ts';
import { poll } from '../support/hub/hub-process.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';
import { aServerEnvironment } from '../support/hub/hub-state.ts';

let served: ServedRepo;
beforeAll(async () => {
  // A call that waits for what a test holds has the time of the test.
  served = await serveRepo({ isShut: true, project: { limits: { statement: '180s', lock: '180s' } } });
});
afterAll(() => served.close());

const about = { operation: 'about' };
const get = { operation: 'customers.get', input: { id: 1 } };

it('is alive and not ready until something serves, and says when to ask again', async () => {
  const { hub, state } = served;
  const early = await hub.call('dev', about);
  expect(early.json).toMatchObject({ status: 503, code: 'not-active', retryable: true, environment: 'dev' });
  expect(Number(early.headers['retry-after'])).toBeGreaterThan(0);
  expect(early.headers['stk-release']).toBeUndefined();
  expect((await hub.ask('/health/live')).status).toBe(200);
  const unready = await hub.ask('/health/ready');
  expect(unready.json).toMatchObject({ status: 503, code: 'not-active' });
  expect(unready.headers['retry-after']).toBe(early.headers['retry-after']);
  expect((await hub.ask('/health')).json).toMatchObject({
    ok: true,
    ready: false,
    environments: [{ environment: 'dev', release: null }, { environment: 'prod' }],
  });

  await state.letIn(true);
  await state.reconciler.settled();
  for (const environment of ['dev', 'prod']) {
    while ((await hub.ask(`/health/ready?environment=${environment}`)).status !== 200);
  }
  expect((await hub.ask('/health/ready')).json).toEqual({ ready: true });
  expect((await hub.ask('/health/ready?environment=nope')).status).toBe(404);
  expect((await hub.call('dev', about)).status).toBe(200);
});

it('counts calls by release, and forgets a release that no longer serves', async () => {
  const { hub } = served;
  await hub.call('dev', about);
  await hub.call('dev', { operation: 'made-up' });
  await hub.call('prod', about);
  const before = await hub.ask('/metrics');
  expect(before.headers['content-type']).toContain('text/plain');
  const revision = await served.repo.revision();
  for (const line of [
    `stk_release_info{environment="dev",release="v1.1.0",revision="${revision}"} 1`,
    'stk_in_sync{environment="dev"} 1',
    'stk_call_duration_seconds_count{environment="dev",operation="about",release="v1.1.0",code="ok"} 2',
    'stk_call_duration_seconds_count{environment="dev",operation="",release="v1.1.0",code="unknown-operation"} 1',
    'stk_activations_total{environment="dev",result="activated"',
    'nodejs_eventloop_lag_seconds',
  ]) {
    expect(before.text).toContain(line);
  }
  expect(before.text).not.toContain('made-up');
  // The database was shut at the start: what waited for it says nothing about the Hub.
  expect(before.text).not.toContain('stk_propagation_seconds_count');

  await served.land('promote(dev): v1.1.0 -> v1.2.0', { 'environments/dev.yaml': aPointer('v1.2.0') });
  const { text } = await hub.ask('/metrics');
  expect(text).toContain('stk_release_info{environment="dev",release="v1.2.0"');
  expect(text).toContain('stk_propagation_seconds_count{environment="dev"} 1\n');
  expect(text.split('\n').filter((line) => line.includes('v1.1.0'))).toEqual([]);
  expect(text).toContain('{environment="prod",operation="about",release="v1.0.0",code="ok"} 1');
});

describe('a request whose length cannot be told', () => {
  const request = (lines: string): string =>
    `POST /call HTTP/1.1\r\nHost: 127.0.0.1:${served.hub.address.port}\r\nStk-Environment: dev\r\nStk-Role: reader\r\n` +
    `Content-Type: application/json\r\n${lines}\r\n\r\n0\r\n\r\n`;

  it.each([
    ['an empty Content-Length and chunks', 'Content-Length: \r\nTransfer-Encoding: chunked'],
    ['chunks and an empty Content-Length', 'Transfer-Encoding: chunked\r\nContent-Length: '],
    ['a Content-Length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked'],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6'],
    ['a length that is not a number', 'Content-Length: five'],
    ['a length below nothing', 'Content-Length: -1'],
    ['an empty Content-Length', 'Content-Length: '],
    ['an encoding that is not chunked', 'Transfer-Encoding: gzip'],
  ])('is refused at once: %s', async (_, lines) => {
    const { hub } = served;
    const text = await sendRaw(hub.address.port, request(lines));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('application/problem+json');
    expect((await hub.call('dev', about)).status).toBe(200);
  });
});

it('answers requests that are sent without waiting in their order', async () => {
  const { hub } = served;
  const port = hub.address.port;
  const send = (id: string, body: object, last: boolean): string => {
    const text = JSON.stringify(body);
    const lines = [
      'POST /projects/shop/environments/dev/call HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      `X-Request-Id: ${id}`,
      'Stk-Role: reader',
      'Content-Type: application/json',
      `Content-Length: ${text.length}`,
      ...(last ? ['Connection: close'] : []),
    ];
    return `${lines.join('\r\n')}\r\n\r\n${text}`;
  };
  const sent = [send('one', get, false), send('two', about, false), send('three', about, true)];
  const received = await sendRaw(port, sent.join(''));
  const answered = [...received.matchAll(/^X-Request-Id: (\w+)/gm)].map(([, id]) => id);
  expect(answered).toEqual(['one', 'two', 'three']);
  expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
});

it.each([
  ['without a Host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  [
    'with an expectation of its own',
    'GET /health HTTP/1.1\r\nHost: localhost\r\nExpect: a-miracle\r\nConnection: close\r\n\r\n',
    200,
  ],
])('answers a request %s as any other, with an id and a timing', async (_, request, status) => {
  const text = await sendRaw(served.hub.address.port, request);
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  for (const header of [/^X-Request-Id: \S+\r$/m, /^Server-Timing: total;dur=/m])
    expect(text).toMatch(header);
  if (status === 400) expect(text).toContain('"code":"malformed"');
});

describe('a client that waits for 100 Continue', () => {
  const body = JSON.stringify(about);
  const send = (lines: readonly string[]): Promise<string> => {
    const { port } = served.hub.address;
    const place = ['POST /projects/shop/environments/dev/call HTTP/1.1', `Host: 127.0.0.1:${port}`];
    return sendRaw(port, [...place, 'Expect: 100-continue', 'Stk-Role: reader', ...lines].join('\r\n'));
  };

  it.each([
    ['too large', 'Content-Type: application/json', 99_999_999, 413],
    ['of another type', 'Content-Type: text/plain', 3, 415],
  ])(
    'is refused by its headers alone, its body %s, and the connection ends',
    async (_, type, length, status) => {
      const text = await send([type, `Content-Length: ${length}`, '', '']);
      expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(text).toMatch(/^Connection: close\r$/m);
    },
  );

  it('is asked for its body otherwise', async () => {
    const head = ['Content-Type: application/json', `Content-Length: ${body.length}`];
    const text = await send([...head, '', body]);
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });
});

it('drops connections beyond its limit and keeps the others', async () => {
  const small = await served.startAnother({ limits: { connections: 2 } });
  const idle = [connect(small.address.port, '127.0.0.1'), connect(small.address.port, '127.0.0.1')];
  await Promise.all(idle.map((socket) => once(socket, 'connect')));
  await expect(small.call('dev', about)).rejects.toMatchObject({ code: 'ECONNRESET' });
  for (const socket of idle) {
    socket.end();
    await once(socket, 'close');
  }
  // The Hub has noticed by then, or does in a moment.
  const answer = await poll(60_000, () => small.call('dev', about).catch(() => undefined));
  expect(answer?.status).toBe(200);
});

it('follows no commit that would fetch keys in the clear from another machine', async () => {
  const auth = {
    jwt: { jwksUrl: 'http://issuer.example/jwks' },
    issuer: 'https://issuer.example',
    audience: 'shop',
    rolesClaim: 'roles',
    control: { read: ['viewer'], write: ['operator'], evidence: [] },
  };
  const environments = { dev: aServerEnvironment('dev'), prod: aServerEnvironment('prod') };
  const good = await served.repo.git('show', 'HEAD:stk.yaml');
  await served.land('feat: auth', { 'stk.yaml': aProject({ environments, auth }) });
  const { conditions = [] } = served.state.reconciler.status('dev') ?? {};
  expect(conditions.find(({ type }) => type === 'ProjectValid')).toMatchObject({
    status: 'False',
    message: expect.stringContaining('expected an https URL'),
  });
  expect((await served.hub.call('dev', about)).status).toBe(200);
  await served.land('revert: auth', { 'stk.yaml': `${good}\n` });
});

it('lets a call in flight finish when it stops, and takes no other', async () => {
  const hub = await served.startAnother({});
  const owner = new Client({ connectionString: served.state.databaseUrl });
  await owner.connect();
  await owner.query('begin; lock table dev.customers');
  const running = hub.call('dev', get);
  const waiting =
    "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await served.state.owner(waiting)).length === 0);
  const closing = hub.close();
  await expect(hub.call('dev', about)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await owner.query('rollback');
  await owner.end();
  const answer = await running;
  expect([answer.status, answer.headers['connection']]).toEqual([200, 'close']);
  await closing;
});
