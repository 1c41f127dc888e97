// Calls to an environment that has a canary, over real HTTP: who gets which release, and what is counted.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { Client } from 'pg';
import { aConstantRelease, aPointer, aQuery, aRelease } from '../support/documents/release.ts';
import { parseExposition } from '../support/hub/parse-exposition.ts';
import { aServerEnvironment } from '../support/hub/hub-state.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';
import type { Answer } from '../support/hub/http-request.ts';

let served: ServedRepo;
const releaseOf = (release: string) =>
  aRelease({
    release,
    config: { release },
    operations: { about: { value: { release } }, 'customers.get': aQuery() },
  });

beforeAll(async () => {
  served = await serveRepo({
    project: {
      environments: {
        dev: aServerEnvironment('dev'),
        prod: aServerEnvironment('prod'),
        canary: { of: 'prod', weight: 50, sticky: { header: 'X-Caller' } },
      },
      limits: { statement: '180s', lock: '180s' },
    },
  });
  await served.land('releases', {
    'releases/p1.yaml': releaseOf('p1'),
    'releases/p2.yaml': aConstantRelease('p2'),
    'releases/c1.yaml': releaseOf('c1'),
    'environments/prod.yaml': aPointer('p1'),
  });
});
afterAll(() => served.close());

const about = { operation: 'about' };
const traffic = () => served.state.reconciler.table.traffic;
const arms = () => served.state.reconciler.table;

/** With the weight of stk.yaml, as the controller starts it; nothing is counted yet. */
function start(): void {
  const [canary, stable] = [arms().stable('canary')?.blob ?? '', arms().stable('prod')?.blob ?? ''];
  expect(traffic().start({ of: 'prod', canary, stable, weight: 50 })).toBe(true);
  traffic().take('prod');
}

const call = (caller: string, headers: Readonly<Record<string, string>> = {}, body: object = about) =>
  served.hub.call('prod', body, { 'Stk-Role': 'reader', 'X-Caller': caller, ...headers });

const config = (headers: Readonly<Record<string, string>>) =>
  served.hub.ask('/projects/shop/environments/prod/config', {
    headers: { 'Stk-Role': 'config', ...headers },
  });

/** Release and arm, by headers. */
const sentBy = ({ headers }: Answer) => [headers['stk-release'], headers['stk-arm']];

/** A caller whose draw is below the share, by asking. */
async function aCanaryCaller(): Promise<string> {
  for (let i = 0; ; i += 1) {
    const answer = await call(`seeker-${i}`);
    if (answer.headers['stk-arm'] === 'canary') return `seeker-${i}`;
  }
}

describe('a call to an environment with a canary', () => {
  it('goes to the stable release, and says so, while no canary gets calls', async () => {
    expect(sentBy(await call('a'))).toEqual(['p1', 'stable']);
    expect(sentBy(await call('a', { 'Stk-Arm': 'canary' }))).toEqual(['p1', 'stable']);
    const other = await served.hub.call('dev', about, { 'Stk-Role': 'reader', 'Stk-Arm': 'nonsense' });
    expect([other.status, other.headers['stk-arm']]).toEqual([200, undefined]);
    await served.land('canary', { 'environments/canary.yaml': aPointer('c1') });
  });

  it('goes by the share, each caller to one release, and no answer mixes the two', async () => {
    start();
    const first = new Map<string, string>();
    let canaries = 0;
    const callers = Array.from({ length: 500 }, (_, i) => `user-${i}`);
    for (const round of [1, 2]) {
      for (let i = 0; i < callers.length; i += 20) {
        const some = callers.slice(i, i + 20);
        const answers = await Promise.all(some.map((caller) => call(caller)));
        for (const [j, answer] of answers.entries()) {
          const [release = '', arm = ''] = sentBy(answer).map(String);
          expect(answer.json).toEqual({ result: { release } });
          expect(arm).toBe(release === 'c1' ? 'canary' : 'stable');
          if (round === 1) first.set(some[j] ?? '', arm);
          else expect(first.get(some[j] ?? '')).toBe(arm);
          if (round === 1 && arm === 'canary') canaries += 1;
        }
      }
    }
    // Chi-square with one degree of freedom at 0.001.
    expect((canaries - 250) ** 2 / 250 + (canaries - 250) ** 2 / 250).toBeLessThan(10.83);
    const { canary, stable } = traffic().take('prod') ?? {};
    expect([canary?.calls, stable?.calls]).toEqual([2 * canaries, 2 * (500 - canaries)]);
    expect(canary?.callers?.calls.filter((count) => count > 0).length).toBeGreaterThan(32);
  });

  it('goes where Stk-Arm says, uncounted; another value is refused', async () => {
    start();
    expect(sentBy(await call('a', { 'Stk-Arm': 'canary' }))).toEqual(['c1', 'canary']);
    expect(sentBy(await call('a', { 'Stk-Arm': 'stable' }))).toEqual(['p1', 'stable']);
    const odd = await call('a', { 'Stk-Arm': 'both' });
    expect([odd.status, odd.json]).toMatchObject([400, { code: 'malformed' }]);
    await served.hub.call('canary', about);
    const { canary, stable } = traffic().take('prod') ?? {};
    expect([canary?.calls, stable?.calls]).toEqual([0, 0]);
  });

  it('is refused where Stk-If-Release names the release of the other arm', async () => {
    start();
    const wanted = { 'Stk-If-Release': 'c1' };
    expect((await call('a', { ...wanted, 'Stk-Arm': 'canary' })).status).toBe(200);
    const other = await call('a', { ...wanted, 'Stk-Arm': 'stable' });
    expect([other.status, ...sentBy(other)]).toEqual([412, 'p1', 'stable']);
  });

  it('gets the config of the same release', async () => {
    start();
    const caller = await aCanaryCaller();
    const answer = await config({ 'X-Caller': caller, 'Stk-Role': 'reader' });
    expect([answer.json, ...sentBy(answer)]).toEqual([{ release: 'c1' }, 'c1', 'canary']);
    expect((await config({ 'Stk-Arm': 'stable', 'Stk-Role': 'reader' })).json).toEqual({ release: 'p1' });
  });

  it('is counted by what came of it', async () => {
    start();
    await call('a');
    await call('a', {}, { operation: 'nope' });
    await call('a', {}, { operation: 'customers.get', input: { id: 99 } });
    await call('a', { 'Stk-Role': 'guest' });
    await call('a', {}, { operation: 'customers.get', input: {} });
    const taken = traffic().take('prod');
    const [own, other] = [taken?.stable, taken?.canary].sort((a, b) => (b?.calls ?? 0) - (a?.calls ?? 0));
    expect(own).toMatchObject({ calls: 5, errors: 0, refusals: 4, trailingErrors: 0 });
    expect(own?.latency.reduce((sum, [, count]) => sum + count, 0)).toBe(5);
    expect(other?.calls).toBe(0);
    await served.state.letIn(false);
    const away = await call('a', {}, { operation: 'customers.get', input: { id: 1 } });
    await served.state.letIn(true);
    expect(away.status).toBe(503);
    const after = traffic().take('prod');
    expect((after?.stable.errors ?? 0) + (after?.canary.errors ?? 0)).toBe(1);
    // The pool may still hold sessions that were ended.
    while ((await call('a', {}, { operation: 'customers.get', input: { id: 1 } })).status !== 200);
  });

  it('is in the metrics by arm and release, while the canary runs', async () => {
    start();
    const scrape = async () => (await served.hub.ask('/metrics')).text;
    const sumIn = (text: string, prefix: string) =>
      parseExposition(text)(prefix).reduce((total, value) => total + value, 0);
    const counts = 'stk_canary_calls_total{environment="prod"';
    const durations = 'stk_canary_call_duration_seconds_count{environment="prod"';
    const before = await scrape();
    for (let i = 0; i < 20; i += 1) await call(`user-${i}`);
    const text = await scrape();
    for (const prefix of [counts, durations]) expect(sumIn(text, prefix) - sumIn(before, prefix)).toBe(20);
    expect(sumIn(text, `${counts},arm="stable",release="p1"`)).toBeGreaterThan(0);
    expect(sumIn(text, `${counts},arm="canary",release="c1"`)).toBeGreaterThan(0);
    expect(sumIn(text, 'stk_canary_weight{environment="prod"}')).toBe(50);
    const buckets = text
      .split('\n')
      .filter((line) => line.startsWith('stk_canary_call_duration_seconds_bucket'));
    expect(buckets.length).toBeGreaterThan(400);
    expect(buckets.length).toBeLessThan(600);
  });

  it('gets what production serves from the swap on, and finishes with its release if it was under way', async () => {
    start();
    const caller = await aCanaryCaller();
    const client = new Client({ connectionString: served.state.databaseUrl });
    await client.connect();
    await client.query('begin; lock table prod.customers in access exclusive mode');
    const slow = call(caller, {}, { operation: 'customers.get', input: { id: 1 } });
    const isWaiting = async () =>
      (
        await client.query(
          "select 1 from pg_locks where not granted and relation = 'prod.customers'::regclass",
        )
      ).rows.length > 0;
    while (!(await isWaiting()));
    await served.land('by hand', { 'environments/prod.yaml': aPointer('p2') });
    expect(sentBy(await call(caller))).toEqual(['p2', 'stable']);
    expect(sentBy(await call(caller, { 'Stk-Arm': 'canary' }))).toEqual(['p2', 'stable']);
    expect((await served.hub.ask('/metrics')).text).not.toContain('stk_canary');
    await client.query('rollback');
    await client.end();
    const answer = await slow;
    expect([answer.status, ...sentBy(answer)]).toEqual([200, 'c1', 'canary']);
  });
});

describe('a caller whose token names it', () => {
  const secret = 's'.repeat(32);
  const bearer = async (subject: string | undefined) => {
    const token = new SignJWT({ roles: ['reader'], ...(subject === undefined ? {} : { sub: subject }) })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('i')
      .setAudience('a')
      .setExpirationTime('1h');
    return { Authorization: `Bearer ${await token.sign(new TextEncoder().encode(secret))}` };
  };

  it('keeps its arm, and one without a name is drawn at each call', async () => {
    const governed = await serveRepo({
      project: {
        environments: {
          dev: aServerEnvironment('dev'),
          prod: aServerEnvironment('prod'),
          canary: { of: 'prod', weight: 50 },
        },
        auth: { jwt: { secretFrom: 'STK_SECRET' }, issuer: 'i', audience: 'a' },
      },
      options: { secret: () => secret },
    });
    try {
      await governed.land('canary', { 'environments/canary.yaml': aPointer('v1.1.0') });
      const { table } = governed.state.reconciler;
      const [canary, stable] = [table.stable('canary')?.blob ?? '', table.stable('prod')?.blob ?? ''];
      expect(table.traffic.start({ of: 'prod', canary, stable, weight: 50 })).toBe(true);
      const armsOf = async (subject: string | undefined, times: number) => {
        const headers = await bearer(subject);
        const answers = [];
        for (let i = 0; i < times; i += 1)
          answers.push((await governed.hub.call('prod', about, headers)).headers['stk-arm']);
        return new Set(answers);
      };
      const named = await Promise.all(
        ['ada', 'bob', 'eve', 'kim', 'lea', 'max'].map((one) => armsOf(one, 4)),
      );
      expect(named.map(({ size }) => size)).toEqual([1, 1, 1, 1, 1, 1]);
      expect(new Set(named.flatMap((arms) => [...arms])).size).toBe(2);
      expect((await armsOf(undefined, 30)).size).toBe(2);
    } finally {
      await governed.close();
    }
  });
});
