// Notifications of a running Hub: one for each event, under its word, while a target hangs; after a kill -9 with the same id.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aPointer } from '../support/documents/release.ts';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';
import { startTarget, type NotifyTarget } from '../support/notify/target.ts';

describe('the notifications of a Hub', () => {
  let shop: Shop;
  let hub: HubProcess;
  let target: NotifyTarget;
  let hanging: NotifyTarget;
  const env = () => ({ HOOK_URL: target.url, HANGING_URL: hanging.url });
  const told = (): string[] =>
    target.got.map(({ body }) => `${String(body['type'])} ${String(body['subject'])}`);
  const waiting = async (): Promise<readonly { readonly id: string; readonly urlFrom: string }[]> => {
    const listed = await shop.stk(hub, 'notify', 'list', '--json');
    return (listed.json as { waiting: { id: string; urlFrom: string }[] }).waiting;
  };

  beforeAll(async () => {
    target = await startTarget();
    hanging = await startTarget();
    hanging.answers.push(...Array.from({ length: 100 }, () => 0));
    const notify = [
      { urlFrom: 'HOOK_URL', as: 'cloudevents', environments: ['prod'] },
      { urlFrom: 'HANGING_URL', as: 'slack', on: ['activated', 'rolled-back'] },
    ];
    shop = await createShop('postgres-18', { prod: 'migrated', project: { notify } });
    hub = await shop.startHub({ env: env() });
  });
  afterAll(async () => {
    await shop?.close();
    await target?.close();
    await hanging?.close();
  });

  it('are one for each event, and a target that hangs keeps nothing waiting', async () => {
    await hub.untilServing('prod', 'v1.0.0');
    await target.until(1);
    await shop.repo.commit('promote', { 'environments/prod.yaml': aPointer('v1.0.1') });
    await hub.untilServing('prod', 'v1.0.1');
    await target.until(2);
    const rollback = [
      'release',
      'rollback',
      '--env',
      'prod',
      '--to-release-id',
      'v1.0.0',
      '--reason',
      'slow',
    ];
    expect((await shop.stk(hub, ...rollback)).code).toBe(0);
    await target.until(4);
    expect(told().toSorted()).toEqual([
      'dev.stk.activated v1.0.0',
      'dev.stk.activated v1.0.1',
      'dev.stk.incident v1.0.1',
      'dev.stk.rolled-back v1.0.0',
    ]);
    const { id, data } = target.got.find(({ body }) => body['type'] === 'dev.stk.incident')?.body ?? {};
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(data).toMatchObject({ environment: 'prod', severity: 'high', cause: 'person' });
    expect(await waiting()).toEqual(
      expect.arrayContaining([expect.objectContaining({ urlFrom: 'HANGING_URL' })]),
    );
  });

  it('survive a kill -9 with the same id, and what was acknowledged is not sent again', async () => {
    target.answers.push(...Array.from({ length: 100 }, () => 500));
    const frozen = { 'freezes/sales.yaml': 'freeze: sales\nreason: sales\n' };
    await shop.repo.commit('freeze', { ...frozen, 'environments/prod.yaml': aPointer('v1.1.0') });
    await target.until(5);
    await hub.eventually('it waits', async () =>
      (await waiting()).some(({ urlFrom }) => urlFrom === 'HOOK_URL'),
    );
    const id = (await waiting()).find(({ urlFrom }) => urlFrom === 'HOOK_URL')?.id;
    await hub.kill9();
    target.answers.length = 0;
    const before = target.got.length;
    hub = await shop.startHub({ env: env() });
    await target.until(before + 1);
    await hub.untilReason('prod', 'Frozen');
    await hub.eventually('it is done', async () =>
      (await waiting()).every(({ urlFrom }) => urlFrom !== 'HOOK_URL'),
    );
    const ids = target.got.slice(4).map(({ body }) => body['id']);
    expect(new Set(ids)).toEqual(new Set([id]));
    expect(new Set(told().slice(4))).toEqual(new Set(['dev.stk.frozen v1.1.0']));
    expect(target.got).toHaveLength(before + 1);
    expect(hub.stderr()).not.toContain('secret-path');
    expect((await shop.stk(hub, 'notify', 'retry')).stdout).toBe('0 notifications are sent again.\n');
  });
});
