// What an operator sees of a Hub: a log line for each failure, metrics for each alert, and a listener for them alone. And
// requests in forms that few clients send.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseExposition } from '../support/hub/parse-exposition.ts';
import { sendRequest } from '../support/hub/http-request.ts';
import { sendRaw } from '../support/hub/raw-request.ts';
import type { TestClock } from '../support/hub/hub-client.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';
import { limitConnections } from '../../src/hub/http/connection-limit.ts';

let served: ServedRepo;
const time: TestClock = { now: Date.now() };
beforeAll(async () => {
  served = await serveRepo({
    project: { webhook: { secretFrom: 'HOOK' } },
    options: { time, secret: () => 'hook-secret', metricsListener: { host: '127.0.0.1', port: 0 } },
  });
});
afterAll(() => served.close());

const about = { operation: 'about' };
const get = { operation: 'customers.get', input: { id: 1 } };

function linesOf(message: string): readonly unknown[] {
  return served.hub.logged
    .map((line): unknown => JSON.parse(line))
    .filter((line) => typeof line === 'object' && line !== null && 'msg' in line && line.msg === message);
}

describe('a failed call', () => {
  it('leaves one line in the log, without a value, and equal ones are counted', async () => {
    const { hub, state } = served;
    await state.owner('alter table prod.customers rename to clients');
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(await hub.call('prod', get));
    await state.owner('alter table prod.clients rename to customers');
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500]);
    const lines = linesOf('a request failed');
    expect(lines).toEqual([
      expect.objectContaining({
        level: 50,
        requestId: answers[0]?.headers['x-request-id'],
        environment: 'prod',
        operation: 'customers.get',
        release: 'v1.0.0',
        code: 'internal',
        status: 500,
        sqlstate: '42P01',
      }),
    ]);
    time.now += 60_000;
    await state.owner('alter table prod.customers rename to clients');
    await hub.call('prod', get);
    await state.owner('alter table prod.clients rename to customers');
    expect(linesOf('a request failed')[1]).toMatchObject({ notLogged: 2, sqlstate: '42P01' });
  });

  it('is logged by the control plane too, and a write with who asked', async () => {
    await served.hub.ask('/api/v1/projects/shop/environments/prod/promote', {
      method: 'POST',
      body: { release: 'v9' },
    });
    expect(linesOf('control plane write').at(-1)).toMatchObject({
      actor: 'open mode',
      environment: 'prod',
      code: 'unknown-release',
    });
  });
});

describe('/metrics', () => {
  it('has every series that the documented alerts name', async () => {
    const { hub } = served;
    await hub.call('dev', about);
    const series = parseExposition((await hub.ask('/metrics')).text);
    for (const condition of ['DatabaseReachable', 'RepositoryReachable', 'Ready'])
      expect(series(`stk_condition{environment="dev",condition="${condition}"`)).toEqual([1]);
    for (const condition of ['ServedFromDisk', 'Drifted'])
      expect(series(`stk_condition{environment="dev",condition="${condition}"`)).toEqual([0]);
    expect(series('stk_build_info{version="1.2.3"')).toEqual([1]);
    expect(series('stk_database_sessions{environment="dev",state="limit"}')[0]).toBeGreaterThan(0);
    expect(series('stk_database_waiting_calls{environment="dev"}')).toEqual([0]);
    expect(series('stk_connections{state="limit"}')).toEqual([1024]);
    expect(series('stk_connections_dropped_total')).toEqual([0]);
    expect((await hub.ask('/health')).json).toMatchObject({ version: '1.2.3' });
  });

  it('answers on a listener of its own, whoever asks, and nothing else does there', async () => {
    const port = served.hub.metricsAddress?.port ?? 0;
    const foreign = { headers: { Host: 'stk.example:9100', 'X-Forwarded-For': '10.0.0.1' } };
    const scraped = await sendRequest(port, '/metrics', foreign);
    expect(scraped).toMatchObject({ status: 200, text: expect.stringContaining('stk_in_sync{') });
    expect((await sendRequest(port, '/call', { method: 'POST', body: about })).status).toBe(404);
    expect((await sendRequest(port, '/metrics', { method: 'POST', body: {} })).status).toBe(405);
  });
});

describe('a request target', () => {
  const ask = (line: string, host: string): Promise<string> =>
    sendRaw(
      served.hub.address.port,
      `${line} HTTP/1.1\r\nHost: ${host}\r\nStk-Environment: dev\r\nStk-Role: reader\r\nConnection: close\r\n` +
        `Content-Type: application/json\r\nContent-Length: 21\r\n\r\n{"operation":"about"}`,
    );

  it('may be a whole URL, whose host counts', async () => {
    const own = `127.0.0.1:${served.hub.address.port}`;
    expect(await ask(`POST http://${own}/call`, own)).toMatch(/^HTTP\/1\.1 200 .*"product":"shop"/s);
    expect(await ask(`POST HTTP://${own}/call?x=1`, 'elsewhere.example')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask(`GET http://${own}/health/ready?environment=nope`, own)).toMatch(/^HTTP\/1\.1 404 /);
    expect(await ask(`GET http://${own}`, own)).toMatch(/^HTTP\/1\.1 404 .*unknown-route/s);
    expect(await ask('POST http://evil.example/call', own)).toMatch(/^HTTP\/1\.1 403 .*foreign-host/s);
  });

  it.each(['call', 'ftp://127.0.0.1/call', 'http:///call', 'http://user@127.0.0.1/call'])(
    'that is neither a path nor a URL is malformed: %s',
    async (target) => {
      expect(await ask(`POST ${target}`, `127.0.0.1:${served.hub.address.port}`)).toMatch(
        /^HTTP\/1\.1 400 .*malformed/s,
      );
    },
  );
});

describe('a large body that nobody signed', () => {
  /** The answer to the headers alone; then sends until the line is cut. */
  const upload = async (headers: string): Promise<string> => {
    const { port } = served.hub.address;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      `POST /api/v1/projects/shop/sync HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${headers}Content-Length: 900000000\r\n\r\n`,
    );
    const [answer]: unknown[] = await once(socket, 'data');
    socket.resume().write(Buffer.alloc(64 * 1024 * 1024));
    await closed;
    return String(answer);
  };

  it.each([
    ['without a signature', '', 413],
    ['with one that is none', 'X-Hub-Signature-256: sha1=abc\r\n', 401],
    ['larger than any webhook', `X-Hub-Signature-256: sha256=${'0'.repeat(64)}\r\n`, 413],
  ])('is refused by its headers, and the line is cut: %s', async (_what, headers, status) => {
    expect(await upload(headers)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});

it('connections leave descriptors for git and databases', () => {
  const project = (servers: number) => ({
    environments: new Map(
      Array.from({ length: servers }, (_, i) => [
        `e${i}`,
        {
          name: `e${i}`,
          database: { kind: 'server' as const, urlFrom: 'U', schema: 'public', role: undefined },
        },
      ]),
    ),
    limits: { pool: 10 },
  });
  const limit = (openFiles: number | undefined, servers: number): number =>
    limitConnections(1_024, openFiles, project(servers));
  expect(limit(undefined, 3)).toBe(1_024);
  expect(limit(1_048_576, 100)).toBe(1_024);
  expect(limit(1_024, 3)).toBe(866);
  expect(limit(256, 20)).toBe(64);
});
