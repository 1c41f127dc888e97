// A release whose smoke tests fail after the swap, while callers go on: nobody's call fails, no row stays, and wherever the Hub is
// killed, what was served before is served again and the rollback is committed.
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { EngineName } from '../support/databases/database.ts';
import { type Load, startLoad } from '../support/hub/constant-load.ts';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { createShop, shopRelease, type Shop } from '../support/hub/shop.ts';
import { enginesOf } from '../support/soak.ts';

const shops: Shop[] = [];
const servers: Server[] = [];
const loads: Load[] = [];
afterEach(async () => {
  for (const load of loads.splice(0)) await load.stop();
  for (const server of servers) server.closeAllConnections();
  for (const shop of shops.splice(0)) await shop.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Service {
  readonly url: string;
  /** Each request is kept open, and nothing is answered. */
  hang(): Promise<void>;
  /** What the requests after it are answered with. */
  answer(status: number): void;
}

async function startService(): Promise<Service> {
  let status: number | undefined = 503;
  let asked: (() => void) | undefined;
  const server = createServer((_, response) => {
    if (status === undefined) asked?.();
    else response.writeHead(status).end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    hang() {
      status = undefined;
      return new Promise((resolve) => (asked = resolve));
    },
    answer(next) {
      status = next;
    },
  };
}

/** Its first test writes a row. */
function testedRelease(id: string, url: string): string {
  const add = {
    name: 'a customer is added',
    call: 'customers.add',
    role: 'support',
    input: { email: 'eve@example.com' },
  };
  return shopRelease(id, { smoke: [add, { name: 'the service answers', http: url }] });
}

const subjects = async (shop: Shop): Promise<string> => shop.repo.git('log', '--format=%s', 'main');
const count = async (shop: Shop): Promise<unknown> =>
  shop.sql('prod', 'select count(*)::int as n from customers');
const isRolledBack = (hub: HubProcess, shop: Shop, release: string): Promise<void> =>
  hub.eventually(`the rollback of ${release}`, async () =>
    (await subjects(shop)).includes(`rollback(prod): ${release} -> v1.0.0`),
  );

describe.each(enginesOf<EngineName>('postgres-18', 'pglite'))(
  'a release that fails its smoke tests after the swap, on %s',
  (engine) => {
    it('fails no call, leaves no row, and is taken back, the Hub killed or not', async () => {
      const service = await startService();
      const files = Object.fromEntries(
        ['bad', 'worse'].map((id) => [`releases/${id}.yaml`, testedRelease(id, service.url)]),
      );
      const shop = await createShop(engine, { files });
      shops.push(shop);
      const first = await shop.startHub();
      const before = await count(shop);
      const calls = [{ operation: 'about' }, { operation: 'customers.count' }];
      const load = startLoad({ port: first.port, environment: 'prod', role: 'support', calls });
      loads.push(load);
      const promoted = await shop.stk(first, 'release', 'promote', '--to', 'prod', '--release-id', 'bad');
      expect(promoted).toMatchObject({ code: 3, stderr: expect.stringContaining('the service answers') });
      await isRolledBack(first, shop, 'bad');
      await first.untilServing('prod', 'v1.0.0');
      const report = await load.stop();
      expect(report).toMatchObject({ failed: 0, failures: [] });
      expect([...report.byRelease.keys()].filter((id) => !['v1.0.0', 'bad'].includes(id))).toEqual([]);
      expect(await count(shop)).toEqual(before);
      const files1 = await shop.repo.git('show', '--format=', '--name-only', 'main');
      expect(files1).toMatch(/^environments\/prod\.yaml\nincidents\/\d{4}-\d\d-\d\d-prod-bad\.md$/);

      const asked = service.hang();
      await shop.repo.commit('promote(prod): v1.0.0 -> worse', {
        'environments/prod.yaml': 'release: worse\n',
      });
      await asked;
      await first.kill9();
      service.answer(503);
      const second = await shop.startHub();
      await isRolledBack(second, shop, 'worse');
      await second.untilServing('prod', 'v1.0.0');
      expect(await count(shop)).toEqual(before);
      expect((await subjects(shop)).match(/rollback\(prod\): worse/g)).toHaveLength(1);
      // Killed after all of it, nothing is left to do.
      await second.kill9();
      const third = await shop.startHub();
      await third.untilServing('prod', 'v1.0.0');
      expect((await subjects(shop)).match(/rollback\(prod\): worse/g)).toHaveLength(1);
    });
  },
);
