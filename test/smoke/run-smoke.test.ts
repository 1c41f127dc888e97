// What smoke tests find: calls on a release that nobody else can call, in transactions that are rolled back, and answers of a
// real HTTP server, with every limit.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import type { Json } from '../../src/kernel/json.ts';
import type { SmokeTest } from '../../src/model/smoke.ts';
import { findMismatch } from '../../src/smoke/match-part.ts';
import { describeFailure, runSmoke, type SmokeReport, type SmokeRun } from '../../src/smoke/run-smoke.ts';
import { SavedValues } from '../../src/smoke/saved-values.ts';
import { realClock } from '../support/clock.ts';
import { engines, type OpenedDatabase } from '../support/databases/database.ts';
import { aProject, aQuery, aRelease } from '../support/documents/release.ts';
import { anActiveRelease, compileYaml } from '../support/reconciler/active-release.ts';
import type { CompiledRelease } from '../../src/serving/compile/compiled-release.ts';

let opened: OpenedDatabase;
let compiled: CompiledRelease;
let server: Server;
let origin: string;
/** What the server was asked, and how often `/flaky` was. */
const asked: {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}[] = [];
const bodies: string[] = [];
let flaky = 0;

const yaml = aRelease({
  permissions: { storefront: ['customers.*'], guest: [] },
  operations: {
    'customers.get': aQuery(),
    'customers.add': {
      mode: 'write',
      input: { type: 'object', properties: { id: { type: 'integer' } } },
      sql: "insert into customers (id, email) values (:id, 'new@example.com') returning id, email",
      returns: 'one',
    },
    'customers.wait': { sql: 'select pg_sleep(2)::text as slept', returns: 'one' },
  },
});

const replies: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/health': (response) =>
    response.end(JSON.stringify({ ok: true, agents: [{ id: 7, name: 'a' }], extra: 1 })),
  '/agents/7%2Fx': (response) => response.end('{"id":"7/x"}'),
  '/moved': (response) => response.writeHead(302, { location: '/health' }).end(),
  '/large': (response) => response.end('x'.repeat(1024 * 1024 + 1)),
  '/hangs': () => undefined,
  '/text': (response) => response.end('plain'),
  '/flaky': (response) => {
    flaky += 1;
    response.writeHead(flaky < 3 ? 500 : 200).end('{}');
  },
};

beforeAll(async () => {
  compiled = await compileYaml(yaml);
  const [engine] = engines.filter(({ name }) => name === 'postgres-18');
  if (engine === undefined) throw new Error('there is no PostgreSQL 18');
  opened = await engine.open({
    sql: `create table customers (id integer primary key, email text not null);
      insert into customers values (1, 'ann@example.com');`,
  });
  server = createServer((request, response) => {
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      bodies.push(body);
      const reply = replies[request.url ?? ''];
      if (reply === undefined)
        response.writeHead(404).end(JSON.stringify({ authorization: request.headers.authorization }));
      else reply(response);
    });
  });
  origin = await listen(server);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await opened.close();
});

async function listen(one: Server): Promise<string> {
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  const { port } = one.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** Tests as stk.yaml writes them. */
function tests(...smoke: readonly object[]): readonly SmokeTest[] {
  const text = aProject({ environments: { dev: { database: { embedded: true }, smoke } } });
  const parsed = parseProject(text, { file: 'stk.yaml', gateKinds: [] });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.environments.get('dev')?.smoke ?? [];
}

async function run(smoke: readonly object[], parts: Partial<SmokeRun> = {}): Promise<SmokeReport> {
  const active = anActiveRelease(compiled, opened.database);
  const secret = (name: string): string | undefined => (name === 'API_AUTH' ? 'Bearer s3cret' : undefined);
  const signal = new AbortController().signal;
  return runSmoke(
    { clock: realClock, secret },
    { tests: tests(...smoke), active, isRehearsal: false, attempts: 1, signal, ...parts },
  );
}

const ann = { name: 'ann', call: 'customers.get', role: 'storefront', input: { id: 1 } };

describe('a call', () => {
  it.each([
    ['a part of the result', { ...ann, expect: { result: { email: 'ann@example.com' } } }, undefined],
    ['a schema', { ...ann, expect: { schema: { type: 'object', required: ['id'] } } }, undefined],
    ['a refusal', { ...ann, role: 'guest', expect: { code: 'forbidden' } }, undefined],
    [
      'another result',
      { ...ann, expect: { result: { email: 'bob@example.com' } } },
      'expected "bob@example.com" at /email, got "ann@example.com"',
    ],
    [
      'another schema',
      { ...ann, expect: { schema: { type: 'object', required: ['age'] } } },
      'expected /age is required (schema), got {"id":1,',
    ],
    ['a call that is refused', { ...ann, input: { id: 9 } }, 'expected a result, got no-row'],
    ['a call that is allowed', { ...ann, expect: { code: 'forbidden' } }, 'expected forbidden, got a result'],
    ['an invalid input', { ...ann, input: { id: 'x' } }, 'got invalid-input'],
  ])('is judged by %s', async (_what, test, failure) => {
    const report = await run([test]);
    if (failure === undefined) expect(describeFailure(report)).toBeUndefined();
    else expect(describeFailure(report)).toContain(failure);
    expect(report.isPassed).toBe(failure === undefined);
  });

  it('leaves no row, and ends within its limit', async () => {
    const add = { name: 'add', call: 'customers.add', role: 'storefront', input: { id: 5 } };
    const seen = { ...ann, name: 'not there', input: { id: 5 }, expect: { code: 'no-row' } };
    const waits = { name: 'wait', call: 'customers.wait', role: 'storefront', within: '100ms' };
    const again = { ...add, name: 'add again' };
    const report = await run([{ ...add, expect: { result: { id: 5 } } }, again, seen, waits, ann]);
    expect(report.tests.map(({ outcome }) => outcome)).toEqual([
      'passed',
      'passed',
      'passed',
      'failed',
      'skipped',
    ]);
    expect(report.tests[3]).toMatchObject({ expected: 'an answer within 100 ms', got: 'none' });
    expect(report.tests[3]?.durationMs).toBeLessThan(1500);
  });
});

describe('an address', () => {
  it('is asked with method, headers, secrets and body, and gives values to later tests', async () => {
    asked.splice(0);
    bodies.splice(0);
    const first = {
      name: 'health',
      http: `${origin}/health`,
      expect: { status: 200, body: { ok: true, agents: [{ id: 7 }] } },
      save: { id: '/agents/0/id', key: '/agents/0' },
    };
    const second = {
      name: 'post',
      http: `${origin}/agents/{id}%2Fx`,
      method: 'POST',
      headers: { 'X-Test': '1' },
      headersFrom: { Authorization: 'API_AUTH' },
      body: { whole: '{key}', text: 'agent {id}', other: '{unknown}' },
      expect: { body: { id: '7/x' } },
    };
    expect(describeFailure(await run([first, second]))).toBeUndefined();
    expect(asked[1]).toMatchObject({
      method: 'POST',
      headers: { 'x-test': '1', authorization: 'Bearer s3cret' },
    });
    const whole = { id: 7, name: 'a' };
    expect(JSON.parse(bodies[1] ?? '')).toEqual({ whole, text: 'agent 7', other: '{unknown}' });
  });

  it.each<[string, object, string]>([
    ['a redirect', { http: '/moved' }, 'expected status 200 to 299, got status 302'],
    ['a long answer', { http: '/large' }, 'expected at most 1048576 bytes, got more'],
    ['no answer in time', { http: '/hangs', within: '200ms' }, 'within'],
    [
      'a body that is not JSON',
      { http: '/text', expect: { body: { ok: true } } },
      'expected {"ok":true}, got "plain"',
    ],
    ['a value that nobody saved', { http: '/agents/{id}' }, 'expected a saved value "id"'],
    [
      'a variable that is not set',
      { http: '/health', headersFrom: { A: 'UNSET' } },
      'the variable UNSET, got it is not set',
    ],
    [
      'a value that is not there',
      { http: '/health', save: { id: '/nothing' } },
      'a value at /nothing to save as "id"',
    ],
  ])('fails by %s', async (_what, test, failure) => {
    const http = origin + String(Reflect.get(test, 'http'));
    expect(describeFailure(await run([{ name: 'one', ...test, http }]))).toContain(failure);
  });

  it('shows no secret that the answer repeats', async () => {
    const test = { name: 'one', http: `${origin}/gone`, headersFrom: { Authorization: 'API_AUTH' } };
    const failure = describeFailure(
      await run([{ ...test, expect: { status: 404, body: { authorization: 'x' } } }]),
    );
    expect(failure).toContain('got "[secret]"');
  });

  it('is asked again, three times at most; one that nobody listens at is told', async () => {
    const passed = await run([{ name: 'flaky', http: `${origin}/flaky` }], { attempts: 3 });
    expect(passed.tests).toMatchObject([{ outcome: 'passed', attempts: 3 }]);
    const nobody = createServer();
    const free = await listen(nobody);
    await new Promise((resolve) => nobody.close(resolve));
    const down = await run([{ name: 'down', http: free }], { attempts: 3 });
    expect(describeFailure(down)).toMatch(
      /failed in 3 attempts: expected status 200 to 299, got no answer: .*ECONNREFUSED/,
    );
  });

  it('is left out of a rehearsal, with the calls that need what it would save', async () => {
    const before = asked.length;
    const health = { name: 'health', http: `${origin}/health`, save: { id: '/agents/0/id' } };
    const needs = { ...ann, name: 'needs it', input: { id: '{id}' } };
    const report = await run([health, needs, ann], { isRehearsal: true });
    expect(report.tests.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'passed']);
    expect(asked).toHaveLength(before);
  });
});

describe('a part of an answer', () => {
  it.each<[Json, Json | undefined, string | undefined]>([
    [{ a: 1 }, { a: 1, b: 2 }, undefined],
    [[{ a: 1 }, 2], [{ a: 1, b: 1 }, 2], undefined],
    [[1], [1, 2], ''],
    [{ a: { b: [0] } }, { a: { b: [1] } }, '/a/b/0'],
    [{ 'a/b': null }, {}, '/a~1b'],
    [{ toString: 1 }, {}, '/toString'],
    [{}, [], ''],
    ['1', 1, ''],
  ])('%j of %j', (expected, got, pointer) => {
    expect(findMismatch(expected, got)?.pointer).toBe(pointer);
  });

  it('finds members by pointer and never those of a prototype', () => {
    const saved = new SavedValues();
    expect(saved.save({ a: '/length', b: '/constructor', c: '' }, ['x'])).toEqual(['a', 'b']);
    expect(saved.fill('{c}')).toEqual(['x']);
  });
});
