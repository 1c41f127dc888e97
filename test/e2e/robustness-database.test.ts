// A database that is not there when the Hub starts, or goes away under load and comes back: callers are told to ask
// again, and it needs nobody's help.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EnvironmentStatus } from '../../src/reconciler/status/status.ts';
import { startLoad } from '../support/hub/constant-load.ts';
import { poll } from '../support/hub/hub-process.ts';
import { startPostgresServer, type TestServer } from '../support/databases/postgres-server.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';

const versions = [15, 18] as const;

describe.each(versions)('a PostgreSQL %i server', (version) => {
  const variable = `STK_TEST_PG${version}_URL`;
  const shared = process.env[variable];
  let server: TestServer;
  let shop: Shop | undefined;

  // A server of its own: the run's is shared with tests that need it up.
  beforeAll(async () => {
    server = await startPostgresServer(version);
    process.env[variable] = server.url;
  });
  afterEach(async () => {
    await shop?.close();
  });
  afterAll(async () => {
    process.env[variable] = shared;
    await server.stop();
  });

  const conditionOf = ({ conditions }: EnvironmentStatus, type: string) =>
    conditions.find((condition) => condition.type === type);

  it('that is down at the start: the last-known-good is named, calls wait for it, then it recovers', async () => {
    shop = await createShop(`postgres-${version}`);
    const before = await shop.startHub();
    await before.untilServing('dev', 'v1.1.0');
    await before.stop();
    await server.crash();

    const hub = await shop.startHub({ until: 'listening' });
    // What is on disk may answer before the database was found away.
    const status = await hub.until(
      'dev',
      (one) => one.serving?.release === 'v1.1.0' && conditionOf(one, 'DatabaseReachable')?.status === 'False',
    );
    const lastKnownGood = conditionOf(status, 'ServedFromDisk');
    const refused = await hub.call('dev', 'customers.get', { id: 1 });
    const constant = await hub.call('dev', 'about');

    expect(lastKnownGood).toMatchObject({ status: 'True', reason: 'ServedFromDisk' });
    expect(lastKnownGood?.message).toContain('v1.1.0');
    expect(refused.status).toBe(503);
    expect(refused.json).toMatchObject({ code: 'database-unavailable', retryable: true });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(constant.status).toBe(200);

    await server.start();
    const back = await hub.untilServing('dev', 'v1.1.0');
    expect((await hub.call('dev', 'customers.get', { id: 1 })).status).toBe(200);
    expect(conditionOf(back, 'ServedFromDisk')).toMatchObject({ status: 'False', reason: 'Confirmed' });
  });

  it('that vanishes under load answers 503 with Retry-After meanwhile, and 200 when it is back', async () => {
    shop = await createShop(`postgres-${version}`);
    const hub = await shop.startHub();
    await hub.untilServing('dev', 'v1.1.0');
    const get = { operation: 'customers.get', input: { id: 1 } };
    const calls = [get, get, get, { operation: 'about' }];
    const load = startLoad({ port: hub.port, environment: 'dev', role: 'support', calls });
    const count = (status: string): number => load.report().byStatus.get(status) ?? 0;
    try {
      await poll(60_000, () => (count('200') > 50 ? true : undefined));
      await server.crash();
      await poll(60_000, () => (count('503') > 50 ? true : undefined));
      const refused = await hub.call('dev', 'customers.get', { id: 1 });
      expect(refused.status).toBe(503);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect((await hub.status('dev')).serving?.release).toBe('v1.1.0');
      expect((await hub.ask('/health/live')).status).toBe(200);
      await server.start();
      const answers = await poll(60_000, async () =>
        (await hub.call('dev', 'customers.get', { id: 1 })).status === 200 ? true : undefined,
      );
      expect(answers).toBe(true);
      const refusals = count('503');
      const served = count('200');
      await poll(60_000, () => (count('200') > served + 100 ? true : undefined));
      expect(count('503')).toBeLessThanOrEqual(refusals + calls.length);
    } finally {
      await load.stop();
    }
    expect([...load.report().byStatus.keys()].toSorted()).toEqual(['200', '503']);
    await hub.until('dev', (one) => conditionOf(one, 'Ready')?.status === 'True');
  });
});
