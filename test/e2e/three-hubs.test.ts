// Three Hub processes on one remote and one server. While triggers fire in two environments, in a seeded order and at seeded
// moments one Hub is killed, one stopped, one cut off from the databases and one from git. Whatever happens: one commit for a
// decision, one event for a transition, one final state. test/reconciler/triggers/three-hubs.test.ts has many more schedules.
import { mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { seeded } from '../../bench/simulation/random.ts';
import { type CutProxy, openCutProxy } from '../support/databases/cut-proxy.ts';
import { aPointer } from '../support/documents/release.ts';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { createShop, type Shop, shopRelease } from '../support/hub/shop.ts';
import { eventKeysOn } from '../support/reconciler/governed-rig.ts';
import { repeats } from '../support/soak.ts';

const seeds = Array.from({ length: repeats(1, 10) }, (_, at) => at + 1);
const environments = ['staging', 'prod'] as const;
const faults = ['kill', 'stop', 'databases', 'git'] as const;
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).toReversed()) await one();
});

/** A Hub process that can be killed, stopped and cut off. */
interface Member {
  hub: HubProcess;
  readonly proxy: CutProxy;
  /** Its way to the remote: gone while it is cut off. */
  readonly way: string;
  start(port?: number): Promise<HubProcess>;
}

async function createMembers(shop: Shop, folder: string): Promise<readonly Member[]> {
  const members: Member[] = [];
  for (let n = 0; n < 3; n += 1) {
    const proxy = await openCutProxy(shop.variables['PROD_DATABASE_URL'] ?? '');
    undo.push(() => proxy.close());
    const way = join(folder, `remote-${n}`);
    await symlink(shop.repo.directory, way);
    const state = await mkdtemp(join(folder, 'state-'));
    const env = Object.fromEntries(
      Object.entries(shop.variables).map(([name, url]) => [name, throughProxy(proxy, url)]),
    );
    const start = (port = 0): Promise<HubProcess> =>
      shop.startHub({ repo: `file://${way}`, state, env, port, until: 'listening' });
    members.push({ hub: await start(), proxy, way, start });
  }
  return members;
}

/** The proxy passes bytes on, to whichever database of the server. */
function throughProxy(proxy: CutProxy, url: string): string {
  const through = new URL(url);
  const { hostname, port } = new URL(proxy.url);
  Object.assign(through, { hostname, port });
  return through.href;
}

async function harm(member: Member, fault: (typeof faults)[number]): Promise<void> {
  if (fault === 'stop') process.kill(member.hub.pid, 'SIGSTOP');
  else if (fault === 'databases') member.proxy.cut();
  else if (fault === 'git') await rename(member.way, `${member.way}-gone`).catch(() => undefined);
  else {
    await member.hub.kill9();
    member.hub = await member.start(member.hub.port);
  }
}

async function heal(member: Member): Promise<void> {
  process.kill(member.hub.pid, 'SIGCONT');
  member.proxy.restore();
  await rename(`${member.way}-gone`, member.way).catch(() => undefined);
}

it.each(seeds)(
  'decide once, whatever happens to them: schedule %i',
  async (seed) => {
    const random = seeded(seed);
    const below = (n: number): number => Math.floor(random.uniform() * n);
    const folder = await mkdtemp(join(tmpdir(), 'stk-test-ways-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    const shop = await createShop('postgres-18', {
      prod: 'migrated',
      project: { limits: { statement: '10s', lock: '10s' } },
      files: { 'releases/bad.yaml': shopRelease('bad') },
    });
    undo.push(() => shop.close());
    const { repo } = shop;
    await repo.git('config', 'receive.denyCurrentBranch', 'updateInstead');
    const members = await createMembers(shop, folder);

    const project = parse(await repo.git('show', 'HEAD:stk.yaml')) as {
      environments: Record<string, object>;
    };
    const integrity = { sql: 'select count(*) from customers where id < 0', expect: 0, every: '10s' };
    const watched = {
      hubs: members.map(({ hub }) => hub.url),
      lastKnownGood: { for: '0s' },
      triggers: { rows: { integrity, do: 'rollback' } },
    };
    for (const name of environments) Object.assign(project.environments[name] ?? {}, watched);
    await repo.commit('triggers', { 'stk.yaml': stringify(project, { aliasDuplicateObjects: false }) });
    const before = new Map<string, string>(
      await Promise.all(
        environments.map(async (name): Promise<[string, string]> => {
          const served = /release: (\S+)/.exec(await repo.git('show', `HEAD:environments/${name}.yaml`))?.[1];
          return [name, served ?? ''];
        }),
      ),
    );
    const everywhere = async (release: (name: string) => string): Promise<void> => {
      for (const name of environments)
        await Promise.all(members.map(({ hub }) => hub.untilServing(name, release(name))));
    };
    await everywhere((name) => before.get(name) ?? '');
    const promoted = await repo.commit(
      'promote: bad',
      Object.fromEntries(environments.map((name) => [`environments/${name}.yaml`, aPointer('bad')])),
    );
    await everywhere(() => 'bad');
    const overriding = 'overriding system value';
    for (const name of environments)
      await shop.sql(name, `insert into customers (id, email) ${overriding} values (-1, 'x@example.com')`);

    const order = faults.map((fault) => ({ fault, at: random.uniform() })).toSorted((a, b) => a.at - b.at);
    for (const { fault } of order) {
      await delay(500 + below(5_000));
      const member = members[below(3)];
      if (member !== undefined) await harm(member, fault);
    }
    await delay(below(5_000));
    for (const member of members) await heal(member);
    await everywhere((name) => before.get(name) ?? '');

    // One commit for each decision, with all that belongs to it, and no other commit.
    const subjects = (await repo.git('log', '--format=%s', `${promoted}..main`)).split('\n');
    expect(subjects.toSorted()).toEqual(
      environments.map((name) => `rollback(${name}): bad -> ${before.get(name)}`).toSorted(),
    );
    const files = (await repo.git('ls-tree', '-r', '--name-only', 'main', 'freezes/', 'incidents/')).split(
      '\n',
    );
    expect(files).toHaveLength(2 * environments.length);

    // One event for each transition: each activation since the pipeline began, and none of them twice.
    for (const name of environments) {
      const pointers = await repo.git(
        'log',
        '--format=%H',
        `${promoted}~1..main`,
        '--',
        `environments/${name}.yaml`,
      );
      const expected = pointers.split('\n').map((revision) => `${name} ${revision} activated `);
      const activations = async (): Promise<Set<string>> => {
        const keys = new Set(await eventKeysOn({ repo }, name));
        return new Set([...keys].filter((key) => key.includes(' activated ')));
      };
      await members[0]?.hub.eventually('the events are written', async () => {
        const found = await activations();
        return expected.every((key) => found.has(key));
      });
      expect([...(await activations())].filter((key) => !expected.includes(key)).length).toBeLessThanOrEqual(
        1,
      );
    }

    // One of them acts, and each says who.
    for (const name of environments) {
      const said = async (): Promise<readonly string[]> => {
        const answers = members.map(({ hub }) => shop.stk(hub, 'status', '--env', name));
        return (await Promise.all(answers)).map(({ stdout }) => /Acting: .*/.exec(stdout)?.[0] ?? '');
      };
      await members[0]?.hub.eventually(`one Hub acts in ${name}`, async () => {
        const lines = await said();
        const acting = lines.filter((line, n) => line === `Acting: the Hub at ${members[n]?.hub.url}.`);
        const following = lines.filter((line) => line.startsWith('Acting: another Hub.'));
        return acting.length === 1 && following.length === 2;
      });
    }
  },
  400_000,
);
