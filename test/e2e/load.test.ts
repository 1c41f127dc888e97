// What callers notice while releases are swapped, the schema changes, and the Hub stops: nothing.
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { serverUrl, type EngineName } from '../support/databases/database.ts';
import { poll, type HubProcess } from '../support/hub/hub-process.ts';
import { startLoad, type Load, type LoadCall } from '../support/hub/constant-load.ts';
import { openRefMover, preparePointerCommits } from '../support/git/pointer-chain.ts';
import { aQuery } from '../support/documents/release.ts';
import { createShop, shopRelease, type Shop } from '../support/hub/shop.ts';
import { isSoak, repeats } from '../support/soak.ts';

const open: Shop[] = [];
const loads: Load[] = [];
afterEach(async () => {
  for (const load of loads.splice(0)) await load.stop();
  for (const shop of open.splice(0)) await shop.close();
});

/** A release whose every answer names it: a constant, a read and a write. */
function namedRelease(id: string): string {
  return shopRelease(id, {
    permissions: { support: ['*'] },
    operations: {
      about: { value: { release: id } },
      'customers.get': aQuery({ sql: `select '${id}' as release, id, email from customers where id = :id` }),
      'customers.touch': aQuery({
        mode: 'write',
        sql: `update customers set email = email where id = :id returning '${id}' as release, id`,
      }),
    },
  });
}

const releaseOf = (result: unknown): unknown =>
  typeof result === 'object' && result !== null && 'release' in result ? result.release : undefined;
const about: LoadCall = { operation: 'about', release: releaseOf };
const read = (id: number): LoadCall => ({ operation: 'customers.get', input: { id }, release: releaseOf });
const write = (id: number): LoadCall => ({ operation: 'customers.touch', input: { id }, release: releaseOf });

async function shopOfTwo(engine: EngineName, project: Readonly<Record<string, unknown>> = {}): Promise<Shop> {
  const files = { 'releases/a.yaml': namedRelease('a'), 'releases/b.yaml': namedRelease('b') };
  const shop = await createShop(engine, { files, project });
  open.push(shop);
  await shop.repo.commit('promote(prod): v1.0.0 -> b', { 'environments/prod.yaml': 'release: b\n' });
  return shop;
}

function loadOn(hub: HubProcess, calls: readonly LoadCall[]): Load {
  const load = startLoad({ port: hub.port, environment: 'prod', role: 'support', calls });
  loads.push(load);
  return load;
}

/** Moves main along `revisions`, each as soon as the one before is served; gives how many were seen to serve. */
async function swapAlong(shop: Shop, load: Load, revisions: readonly string[]): Promise<number> {
  const mover = openRefMover(shop.repo);
  let seen = 0;
  try {
    for (const revision of revisions) {
      await mover.move(revision);
      if (!(await load.servedFrom(revision, 60_000))) return seen;
      seen += 1;
    }
    return seen;
  } finally {
    await mover.close();
  }
}

describe('swaps under constant load', () => {
  it.each([
    { engine: 'postgres-18', swaps: repeats(40, 1000) },
    { engine: 'pglite', swaps: repeats(8, 100) },
  ] as const)(
    'fail no call and mix no releases: $swaps on $engine',
    async ({ engine, swaps }) => {
      const shop = await shopOfTwo(engine);
      const hub = await shop.startHub();
      await hub.untilServing('prod', 'b');
      const moves = Array.from({ length: swaps }, (_, at) => ({
        environment: 'prod',
        release: at % 2 === 0 ? 'a' : 'b',
      }));
      const revisions = await preparePointerCommits(shop.repo, moves);
      const load = loadOn(hub, [about, about, read(1), read(2), write(1)]);

      const seen = await swapAlong(shop, load, revisions);

      const report = await load.stop();
      expect(report.failures).toEqual([]);
      expect(seen).toBe(swaps);
      expect(report.byRelease.get('a')).toBeGreaterThan(swaps / 4);
      expect(report.byRelease.get('b')).toBeGreaterThan(swaps / 4);
    },
    900_000,
  );
});

describe('harmless DDL under constant load', () => {
  it.each<EngineName>(isSoak ? ['postgres-15', 'postgres-18', 'pglite'] : ['postgres-18', 'pglite'])(
    'fails no call on %s',
    async (engine) => {
      // A statement that holds its lock for long makes calls wait, which is not what this asks.
      const shop = await shopOfTwo(engine, { limits: { statement: '60s', lock: '60s' } });
      const hub = await shop.startHub();
      await hub.untilServing('prod', 'b');
      const load = loadOn(hub, [about, read(1), read(2), write(1)]);
      const statements = [
        'alter table customers add column note text',
        "alter table customers alter column note set default 'none'",
        'create index on customers (note)',
        'alter table customers alter column email type varchar(400)',
        'alter table customers alter column email type text',
        'analyze customers',
        "comment on table customers is 'people'",
        'alter table customers drop column note',
        'create table elsewhere (id integer)',
        'drop table elsewhere',
      ];
      for (const statement of statements) {
        const before = load.answered();
        await shop.sql('prod', statement);
        await poll(60_000, () => (load.answered() > before + 20 ? true : undefined));
      }

      const report = await load.stop();

      expect(report.failures).toEqual([]);
      expect(report.answered).toBeGreaterThan(20 * statements.length);
      expect((await hub.status('prod')).serving?.release).toBe('b');
    },
    300_000,
  );
});

describe('SIGTERM', () => {
  /** A Hub whose writes wait, for up to a minute, for a row that this test holds; `calls` of them are under way. */
  async function waitingHub(calls: number): Promise<{
    readonly hub: HubProcess;
    readonly answers: readonly Promise<number>[];
    free(): Promise<void>;
  }> {
    const shop = await shopOfTwo('postgres-18', { limits: { statement: '60s', lock: '60s' } });
    const hub = await shop.startHub();
    await hub.untilServing('prod', 'b');
    const holder = await holdRow(shop);
    const answers = Array.from({ length: calls }, () =>
      hub.call('prod', 'customers.touch', { id: 1 }).then(
        ({ status }) => status,
        () => 0,
      ),
    );
    const waiting =
      "select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    const arrived = await poll(30_000, async () => {
      const [row] = await shop.sql('prod', waiting);
      return Number(row?.['n']) >= calls ? true : undefined;
    });
    expect(arrived).toBe(true);
    return { hub, answers, free: () => holder.end() };
  }

  it('lets calls in flight finish, takes no more, and exits 0', async () => {
    const { hub, answers, free } = await waitingHub(6);

    const code = hub.stop();
    const refused = await poll(30_000, () =>
      hub.call('prod', 'about').then(
        () => undefined,
        () => true,
      ),
    );
    await free();

    expect(refused).toBe(true);
    expect(await Promise.all(answers)).toEqual(Array<number>(6).fill(200));
    expect(await code).toBe(0);
  });

  it('exits 0 although a call goes on for longer', async () => {
    const { hub, answers, free } = await waitingHub(1);
    try {
      // The helper kills, and gives no code, what waits for the call: that has a minute.
      expect(await hub.stop()).toBe(0);
      expect([0, 503]).toContain(await answers[0]);
    } finally {
      await free();
    }
  });
});

/** A session that has locked customer 1 of prod. */
async function holdRow(shop: Shop): Promise<Client> {
  const url = new URL(serverUrl(18));
  url.pathname = new URL(shop.variables['PROD_DATABASE_URL'] ?? '').pathname;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query('begin; select id from customers where id = 1 for update');
  return client;
}
