// A state directory that is torn, altered or full, and a rollback that is committed while no Hub runs.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { untilRecorded } from '../support/hub/recorded-release.ts';
import { createSmallDisk, type SmallDisk } from '../support/hub/small-disk.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function aShop(): Promise<Shop> {
  const shop = await createShop('postgres-18');
  open.push(shop);
  return shop;
}

const conditionOf = async (hub: HubProcess, environment: string, type: string) =>
  (await hub.status(environment)).conditions.find((condition) => condition.type === type);

describe('a last-known-good on disk', () => {
  const torn = (text: string): string => text.slice(0, text.length / 2);
  const altered = (text: string): string => text.replace('"rows":1000', '"rows":9000');
  const empty = (): string => '';
  let shop: Shop;
  let hub: HubProcess;
  beforeAll(async () => {
    shop = await createShop('postgres-18');
    hub = await shop.startHub();
  });
  afterAll(() => shop?.close());

  it.each([
    { how: 'torn', damage: torn },
    { how: 'altered', damage: altered },
    { how: 'empty', damage: empty },
  ])('that is $how is said, never served, and made anew', async ({ damage }) => {
    const record = join(shop.state, 'last-known-good', 'environment-dev.json');
    await hub.untilServing('dev', 'v1.1.0');
    await untilRecorded(shop.state, 'dev', 'v1.1.0');
    await hub.stop();
    await writeFile(record, damage(await readFile(record, 'utf8')));

    // Without its database only the record could answer.
    const away = await shop.startHub({
      env: { DEV_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
      until: 'listening',
    });
    await away.untilReason('dev', 'DatabaseUnavailable');
    expect(await conditionOf(away, 'dev', 'ServedFromDisk')).toMatchObject({ reason: 'RecordCorrupt' });
    expect((await away.call('dev', 'about')).json).toMatchObject({ code: 'not-active' });
    await away.stop();

    hub = await shop.startHub();
    await hub.untilServing('dev', 'v1.1.0');
    await untilRecorded(shop.state, 'dev', 'v1.1.0');
  });
});

describe('a full disk under the state directory', () => {
  it('is said and keeps nothing from being served', async () => {
    const shop = await aShop();
    const disk: SmallDisk = await createSmallDisk();
    open.push(disk);
    const hub = await shop.startHub({ state: disk.path });
    await hub.untilServing('dev', 'v1.1.0');
    await untilRecorded(disk.path, 'dev', 'v1.1.0');
    await disk.fill();

    await shop.repo.commit('promote(dev): -> v1.0.1', { 'environments/dev.yaml': 'release: v1.0.1\n' });
    await hub.untilServing('dev', 'v1.0.1');
    const status = await hub.until('dev', ({ conditions }) =>
      conditions.some(({ reason }) => reason === 'NotRecorded'),
    );
    expect(status.conditions.find(({ reason }) => reason === 'NotRecorded')?.type).toBe('ServedFromDisk');
    expect((await shop.stk(hub, 'status', '--env', 'dev')).stdout).toMatch(/^ {2}NotRecorded: .*ENOSPC/m);
    expect((await hub.call('dev', 'about')).json).toEqual({ result: { release: 'v1.0.1' } });

    await disk.free();
    await hub.until('dev', ({ conditions }) => !conditions.some(({ reason }) => reason === 'NotRecorded'));
    expect(await readFile(join(disk.path, 'last-known-good', 'environment-dev.json'), 'utf8')).toContain(
      '"release":"v1.0.1"',
    );
  });
});

describe('a rollback while the Hub is down', () => {
  it('exits 5 and writes nothing, but commits with --no-check; the Hub serves it when it is back', async () => {
    const shop = await aShop();
    const hub = await shop.startHub();
    await hub.untilServing('dev', 'v1.1.0');
    await hub.kill9();
    const before = await shop.repo.revision();
    const args = ['release', 'rollback', '--project', 'shop', '--env', 'dev', '--to-release-id', 'v1.0.0'];

    const refused = await shop.stk(hub, ...args);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('--no-check');
    expect(await shop.repo.revision()).toBe(before);

    const done = await shop.stk(hub, ...args, '--no-check', '--reason', 'the Hub is down');
    expect(done).toMatchObject({ code: 0 });
    expect(await shop.repo.git('log', '-1', '--format=%B')).toContain('\nStk-Unchecked: true');

    const back = await shop.startHub();
    await back.untilServing('dev', 'v1.0.0');
    expect((await back.call('dev', 'about')).json).toEqual({ result: { release: 'v1.0.0' } });
  });

  it('survives a state directory that was deleted meanwhile', async () => {
    const shop = await aShop();
    const hub = await shop.startHub();
    await hub.stop();
    await rm(shop.state, { recursive: true, force: true });

    const back = await shop.startHub();

    await back.untilServing('dev', 'v1.1.0');
  });
});
