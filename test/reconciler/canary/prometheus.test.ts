// Counts of a canary from a real Prometheus server that scrapes the Hub.
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { aPointer } from '../../support/documents/release.ts';
import { startPrometheus, type PrometheusServer } from '../../support/hub/prometheus-server.ts';
import {
  anOrderRelease,
  createCanaryRig,
  quick,
  type CanaryRig,
} from '../../support/reconciler/canary-rig.ts';
import { closeRigCompiler, removeRigs } from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../../support/reconciler/rig-databases.ts';
import { aRigProject } from '../../support/reconciler/rig-repo.ts';
import { rigDatabase } from '../../support/reconciler/rig-databases.ts';

let canary: CanaryRig | undefined;
let server: PrometheusServer | undefined;

afterEach(async () => {
  await canary?.stop();
  await server?.remove();
  await removeRigs();
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const total = 'sum(stk_canary_calls_total)';

it('judges a canary by what Prometheus counted, and blames nobody while it does not answer', async () => {
  const sql = 'select 1 / (case when random() < 0.1 then 0 else 1 end) as total';
  const files = { 'releases/r3.yaml': anOrderRelease('r3', sql), 'releases/r4.yaml': anOrderRelease('r4') };
  const one = await createCanaryRig({ files });
  canary = one;
  const prometheus = await startPrometheus(one.url());
  server = prometheus;
  const query = 'sum by (arm) (stk_canary_calls_total{outcome="error"})';
  const gates = { ...quick.gates, score: { prometheus: { query, increase: '2%' } } };
  const analysis = { ...quick, gates, source: { prometheus: prometheus.url } };
  const environments = {
    prod: { database: rigDatabase('prod'), from: 'canary' },
    canary: { of: 'prod', weight: 50, sticky: { header: 'X-Caller' }, analysis },
  };
  await one.rig.land('by Prometheus', { 'stk.yaml': aRigProject({ environments }) });
  await one.rig.land('canary: r3', { 'environments/canary.yaml': aPointer('r3') });
  // The first look only learns where the counters stand.
  await scraped(prometheus, 0);
  await one.look();
  let calls = 0;
  for (let n = 0; n < 8 && one.status().release !== null; n += 1) {
    await one.load(300);
    calls += 300;
    await scraped(prometheus, calls);
    const { gates: seen } = await one.look();
    const errors = seen.find(({ name }) => name === 'errors');
    if (n === 0 && errors !== undefined)
      expect((errors.canary?.calls ?? 0) + (errors.stable?.calls ?? 0)).toBe(300);
    if (n === 0)
      expect(seen.find(({ name }) => name === 'score')).toMatchObject({ verdict: 'FAIL', action: 'alert' });
  }
  expect(one.status().state).toBe('none');
  await one.rig.until(() => one.rig.served('canary') === 'r2');
  expect(await one.newest()).toMatch(/^Stk-Gate: errors$/m);

  await one.rig.land('again', { 'environments/canary.yaml': aPointer('r3') });
  await scraped(prometheus, 0);
  await one.look();
  await one.load(100);
  await scraped(prometheus, 100);
  // The next canary is not blamed for the calls of this one, which the server still has.
  await one.rig.land('the next', { 'environments/canary.yaml': aPointer('r4') });
  for (let n = 0; n < 2; n += 1) await one.look();
  expect(one.status().gates.find(({ name }) => name === 'errors')?.canary?.calls ?? 0).toBe(0);

  await prometheus.stop();
  for (let n = 0; n < 3; n += 1) {
    await one.load(100);
    const status = await one.look();
    expect(status.gates.map(({ verdict }) => verdict)).toEqual(['NONE', 'NONE']);
  }
  expect(one.status()).toMatchObject({ release: 'r4', verdict: 'NONE' });
});

/** Until the server has scraped that so many calls were made. */
async function scraped({ value }: PrometheusServer, calls: number): Promise<void> {
  while (((await value(total).catch(() => undefined)) ?? -1) < calls) await delay(200);
}
