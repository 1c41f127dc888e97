// Two canaries in a real Hub under load, which is killed half-way and started again: both go on with what was counted before.
// The healthy one passes and is promoted. The other one fails from then on, and its pointer goes back.
import { afterAll, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import type { CanaryStatus } from '../../src/reconciler/canary/present-canary.ts';
import { aPointer } from '../support/documents/release.ts';
import { startLoad, type Load } from '../support/hub/constant-load.ts';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { createShop, shopRelease, type Shop } from '../support/hub/shop.ts';
import { eventKeysOn, eventsOn } from '../support/reconciler/governed-rig.ts';

let shop: Shop;
afterAll(() => shop.close());

/** It answers until the row says that it fails. */
const failing = {
  sql: `select 1 / (case when count(*) = 2 then 1 else 0 end) as n from customers`,
  returns: 'one',
};
const analysis = {
  minimum: '15s',
  maximum: '2m',
  warmUp: { time: '0s', requests: 0 },
  gates: { errors: { errorRate: { increase: '1pp' } } },
};
const canaries = { canary: 'prod', early: 'staging' } as const;
type CanaryName = keyof typeof canaries;

async function createCanaries(): Promise<Shop> {
  const made = await createShop('postgres-18', {
    files: {
      'releases/good.yaml': shopRelease('good'),
      'releases/bad.yaml': shopRelease('bad', { operations: { 'customers.count': failing } }),
      'environments/canary.yaml': aPointer('v1.0.0'),
      'environments/early.yaml': aPointer('v1.0.1'),
    },
  });
  const project = parse(await made.repo.git('show', 'main:stk.yaml')) as {
    environments: Record<string, object>;
  };
  const { environments } = project;
  for (const [canary, of] of Object.entries(canaries)) {
    environments[of] = { ...environments[of], from: canary, auto: { when: 'gates' } };
    environments[canary] = { of, weight: 50, sticky: 'none', analysis };
  }
  await made.repo.commit('canaries', { 'stk.yaml': stringify(project, { aliasDuplicateObjects: false }) });
  return made;
}

const loadOf = ({ port }: HubProcess, environment: string): Load => {
  const call = { operation: 'customers.count' };
  return startLoad({ port, environment, role: 'support', calls: [call, call], pause: 10 });
};

const canaryOf = async (hub: HubProcess, name: CanaryName): Promise<CanaryStatus> =>
  (await hub.ask(`/api/v1/projects/shop/environments/${name}/canary`)).json as CanaryStatus;

it('goes on after kill -9, and ends as it would have', async () => {
  shop = await createCanaries();
  const { repo } = shop;
  const killed = await shop.startHub();
  const before = Object.values(canaries).map((of) => loadOf(killed, of));
  await repo.commit('two canaries', {
    'environments/canary.yaml': aPointer('good'),
    'environments/early.yaml': aPointer('bad'),
  });
  const seen = async (name: CanaryName): Promise<CanaryStatus> => {
    await killed.eventually('a second look', async () => (await canaryOf(killed, name)).counted > 0);
    return canaryOf(killed, name);
  };
  const counted = { canary: await seen('canary'), early: await seen('early') };
  await killed.kill9();
  for (const load of before)
    expect([...(await load.stop()).byStatus.keys()].sort()).toEqual(['200', 'error']);

  const hub = await shop.startHub();
  const [prod, staging] = [loadOf(hub, 'prod'), loadOf(hub, 'staging')];
  await shop.sql('staging', `insert into customers (email) values ('third@example.com')`);
  for (const name of ['canary', 'early'] as const) {
    await hub.eventually(
      'the canary goes on',
      async () => (await canaryOf(hub, name)).id === counted[name].id,
    );
    const { counted: ms, gates } = await canaryOf(hub, name);
    expect(ms).toBeGreaterThanOrEqual(counted[name].counted);
    const calls = (all: CanaryStatus['gates']): number => all[0]?.canary?.calls ?? 0;
    expect(calls(gates)).toBeGreaterThanOrEqual(calls(counted[name].gates));
  }
  await hub.untilServing('prod', 'good');
  await hub.untilServing('early', 'v1.0.1');

  const [ofProd, ofStaging] = [await prod.stop(), await staging.stop()];
  expect([...ofProd.byStatus.keys()]).toEqual(['200']);
  expect(ofStaging.failures.filter((text) => !text.includes(' 500 bad '))).toEqual([]);
  const commitOf = (environment: string): Promise<string> =>
    repo.git('log', '-1', '--name-only', '--format=%B', '--', `environments/${environment}.yaml`);
  expect(await commitOf('prod')).toMatch(
    /^promote\(prod\): v1\.0\.0 -> good$[^]*^Stk-Gates: .*analysis pass/m,
  );
  expect(await commitOf('early')).toMatch(
    /^rollback\(early\): bad -> v1\.0\.1$[^]*^Stk-Cause: canary$[^]*^Stk-Gate: errors$[^]*^Stk-Counts: canary \d+ of \d+, /m,
  );
  expect(await repo.git('ls-tree', '--name-only', 'main', 'incidents/')).toMatch(
    /^incidents\/\S+-early-bad\.md$/,
  );

  const ends = {
    canary: ['canary-started good', 'canary-passed good'],
    early: ['canary-started bad', 'canary-failed bad'],
  };
  for (const [name, words] of Object.entries(ends)) {
    const told = async (): Promise<readonly string[]> =>
      (await eventsOn({ repo }, name)).filter((event) => /^canary-(?!verdict)/.test(event));
    await hub.eventually('the events', async () => (await told()).length >= words.length);
    expect(await told()).toEqual(words);
    const keys = await eventKeysOn({ repo }, name);
    expect(new Set(keys).size).toBe(keys.length);
  }
  for (const { id } of Object.values(counted)) {
    const replayed = await shop.stk(hub, 'canary', 'replay', String(id), '--state', shop.state, '--json');
    expect([replayed.code, replayed.json]).toMatchObject([0, { equal: true }]);
  }
});
