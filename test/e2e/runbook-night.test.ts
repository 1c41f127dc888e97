// The night of a release runbook from end to end, by the built command line and a running Hub: what must be true before, the
// release, its smoke tests, a trigger, freeze, rollback, verification, communication, and what follows.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse, stringify } from 'yaml';
import { aPointer } from '../support/documents/release.ts';
import type { HubProcess, StkResult } from '../support/hub/hub-process.ts';
import { createShop, type Shop, shopRelease } from '../support/hub/shop.ts';
import { startTarget, type NotifyTarget } from '../support/notify/target.ts';

const notes = 'Scope:\n- more items\n\nRisk:\n- none known\n\nRollback:\n- no migration\n';

describe('the night of a release', () => {
  /** The program beside the Hub. */
  const backend = { url: '', version: 'v1.0.0', ok: true, broken: '' };
  let server: Server;
  let target: NotifyTarget;
  let shop: Shop;
  let hub: HubProcess;
  const stk = (...args: readonly string[]): Promise<StkResult> => shop.stk(hub, ...args);
  const told = (): string[] =>
    target.got.map(
      ({ body }) => `${String(body['type']).replace('dev.stk.', '')} ${String(body['subject'])}`,
    );
  const aNight = (id: string): string => {
    const about = {
      name: 'it says what it is',
      call: 'about',
      role: 'support',
      expect: { result: { release: id } },
    };
    const guests = {
      name: 'guests may not add',
      call: 'customers.add',
      role: 'guest',
      expect: { code: 'forbidden' },
    };
    const health = {
      name: 'health',
      http: `${backend.url}/${id}`,
      expect: { body: { ok: true } },
      within: '2s',
    };
    return shopRelease(id, { notes, smoke: [about, guests, health] });
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      const ok = backend.ok && request.url !== backend.broken;
      response.writeHead(backend.ok ? 200 : 503, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ok, version: backend.version }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    backend.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    target = await startTarget();
    shop = await createShop('postgres-18', { prod: 'migrated' });
    hub = await shop.startHub({ env: { STK_HOOK: target.url } });
    await hub.untilServing('prod', 'v1.0.0');
    const project = parse(await shop.repo.git('show', 'HEAD:stk.yaml')) as {
      environments: Record<string, object>;
    };
    const me = ['operator@example.com'];
    const gates = {
      ci: { check: 'ci' },
      notes: { notes: ['Scope', 'Risk', 'Rollback'] },
      variables: { variables: [] },
      incidents: { incident: { severity: 'critical' } },
    };
    const governed = {
      ...project,
      people: { ci: me, 'incident-commander': me },
      notify: [{ urlFrom: 'STK_HOOK', as: 'cloudevents', environments: ['prod'] }],
      environments: {
        ...project.environments,
        staging: { ...project.environments['staging'], onSmokeFailure: 'alert' },
        prod: {
          ...project.environments['prod'],
          from: 'staging',
          gates,
          services: { backend: { url: backend.url } },
        },
      },
    };
    await shop.repo.commit('the path of a release', {
      'stk.yaml': stringify(governed, { aliasDuplicateObjects: false }),
    });
    await shop.repo.commit('releases', {
      'releases/v1.0.2.yaml': aNight('v1.0.2'),
      'releases/v1.0.3.yaml': aNight('v1.0.3'),
    });
  });
  afterAll(async () => {
    await shop?.close();
    await target?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('begins when everything that must be true is, and not before', async () => {
    await shop.repo.commit('staging', { 'environments/staging.yaml': aPointer('v1.0.2') });
    await hub.untilServing('staging', 'v1.0.2');
    const promote = ['release', 'promote', '--to', 'prod', '--release-id', 'v1.0.2'];
    const early = await stk(...promote);
    expect([early.code, early.stderr]).toEqual([3, expect.stringMatching(/ci[^]*stk evidence check/)]);
    expect(
      (await stk('evidence', 'check', '--release', 'v1.0.2', '--name', 'ci', '--status', 'passed')).code,
    ).toBe(0);
    const written = await stk('release', 'notes', 'v1.0.2', '--since', 'v1.0.1');
    expect(written.stdout).toMatch(
      /Risk:\n- none known\n\nValidation:\n- ci: pass\n[^]*trigger owner: operator@example\.com/,
    );
    expect(await stk('release', 'gates', '--env', 'prod', '--release-id', 'v1.0.2')).toMatchObject({
      code: 0,
    });
    expect(await stk(...promote)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('prod serves v1.0.2'),
    });
    backend.version = 'v1.0.2';
    expect(await stk('smoke', '--env', 'prod')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/✓ it says[^]*✓ guests may not add[^]*✓ health/),
    });
    expect((await stk('release', 'verify', '--env', 'prod')).stdout).toBe(
      '✓ hub: v1.0.2 (healthy)\n✓ backend: v1.0.2 (healthy)\n',
    );
  });

  it('ends in a rollback, with freeze, verification, messages and an incident that is closed', async () => {
    await shop.repo.commit('staging', { 'environments/staging.yaml': aPointer('v1.0.3') });
    await hub.untilServing('staging', 'v1.0.3');
    await stk('evidence', 'check', '--release', 'v1.0.3', '--name', 'ci', '--status', 'passed');
    expect(await stk('release', 'promote', '--to', 'prod', '--release-id', 'v1.0.3')).toMatchObject({
      code: 0,
    });
    // The trigger: the backend does not pass its health check.
    Object.assign(backend, { version: 'v1.0.3', ok: false });
    expect((await stk('smoke', '--env', 'prod')).code).toBe(3);
    const unwell = await stk('release', 'verify', '--env', 'prod');
    expect([unwell.code, unwell.stdout]).toEqual([
      3,
      expect.stringContaining('✗ backend: v1.0.3 (it answers 503)'),
    ]);

    expect(await stk('freeze', 'night', '--env', 'prod', '--reason', 'errors at checkout')).toMatchObject({
      code: 0,
    });
    const back = await stk('release', 'rollback', '--env', 'prod', '--reason', 'errors at checkout');
    expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining('prod serves v1.0.2') });
    const verified = stk('release', 'verify', '--env', 'prod', '--watch', '--timeout', '60s');
    Object.assign(backend, { version: 'v1.0.2', ok: true });
    expect(await verified).toMatchObject({ code: 0 });
    expect((await stk('smoke', '--env', 'prod')).code).toBe(0);
    // Nothing moves forward; what ran here before is not a forward move, so that a veto keeps it out.
    const forward = await stk('release', 'promote', '--to', 'prod', '--release-id', 'v1.0.1');
    expect([forward.code, forward.stderr]).toEqual([3, expect.stringContaining('Frozen by night')]);
    expect((await stk('release', 'veto', 'v1.0.3', '--reason', 'errors at checkout')).code).toBe(0);
    const again = await stk('release', 'promote', '--to', 'prod', '--release-id', 'v1.0.3');
    expect([again.code, again.stderr]).toEqual([3, expect.stringContaining('vetoed')]);

    const listed = (await stk('incident', 'list', '--json')).json as { incidents: { incident: string }[] };
    const name = listed.incidents[0]?.incident ?? '';
    expect(name).toMatch(/-prod-v1\.0\.3$/);
    expect((await stk('incident', 'note', name, '--text', 'the pool was too small')).code).toBe(0);
    expect((await stk('incident', 'close', name, '--text', 'the pool is larger')).code).toBe(0);
    expect((await stk('unfreeze', 'night')).code).toBe(0);
    await hub.eventually(
      'everybody was told',
      async () => told().includes('rolled-back v1.0.2') && told().includes('incident v1.0.3'),
    );
    expect(told().filter((one) => one === 'rolled-back v1.0.2')).toHaveLength(1);
  });

  it('is over before anybody wakes up where a smoke test fails after the swap, with one message, under load', async () => {
    backend.broken = '/v1.0.4';
    await shop.repo.commit('v1.0.4', {
      'releases/v1.0.4.yaml': aNight('v1.0.4'),
      'environments/staging.yaml': aPointer('v1.0.4'),
    });
    const before = told().length;
    const statuses = new Map<number, number>();
    const loaded = new AbortController();
    const load = (async () => {
      while (!loaded.signal.aborted) {
        const { status } = await hub.call('prod', 'about');
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    })();
    try {
      await stk('evidence', 'check', '--release', 'v1.0.4', '--name', 'ci', '--status', 'passed');
      await shop.repo.commit('promote', { 'environments/prod.yaml': aPointer('v1.0.4') });
      await hub.eventually('it is rolled back', async () =>
        (await shop.repo.git('log', '-1', '--format=%B')).includes('Stk-Cause: smoke'),
      );
      await hub.untilServing('prod', 'v1.0.2');
    } finally {
      loaded.abort();
      await load;
    }
    expect([...statuses.keys()]).toEqual([200]);
    const pointer = parse(await shop.repo.git('show', 'HEAD:environments/prod.yaml')) as object;
    expect(pointer).toMatchObject({ release: 'v1.0.2', hold: {} });
    expect(await shop.repo.git('show', '--format=', '--name-only', 'HEAD')).toMatch(
      /incidents\/.*-prod-v1\.0\.4\.md/,
    );
    await hub.eventually('everybody was told', async () => told().slice(before).includes('incident v1.0.4'));
    const { waiting } = (await stk('notify', 'list', '--json')).json as { waiting: unknown[] };
    expect(waiting).toEqual([]);
    expect(
      told()
        .slice(before)
        .filter((one) => one.startsWith('rolled-back')),
    ).toEqual(['rolled-back v1.0.4']);
  });
});
