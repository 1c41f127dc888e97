// The probe of the gate `health`: the smoke tests of the release and of the environment that call operations.
import { createServer } from 'node:http';
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { aPointer } from '../../support/documents/release.ts';
import {
  anOrderRelease,
  createCanaryRig,
  quick,
  type CanaryRig,
} from '../../support/reconciler/canary-rig.ts';
import { closeRigCompiler, removeRigs } from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../../support/reconciler/rig-databases.ts';

let canary: CanaryRig | undefined;

const service = createServer((_, response) => response.end('{"id":7}'));

afterEach(async () => {
  service.closeAllConnections();
  service.close();
  await canary?.stop();
  await removeRigs();
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

it('fails for the release whose calls fail, and skips what needs an answer over the network', async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const address = service.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const one = await createCanaryRig({
    analysis: { ...quick, gates: { ...quick.gates, health: { unhealthyFor: '5m' } } },
    production: {
      smoke: [
        { name: 'total', call: 'orders.total', role: 'reader', expect: { result: { total: 1 } } },
        { name: 'asked', http: `http://127.0.0.1:${port}/`, save: { id: '/id' } },
        { name: 'of what was asked', call: 'orders.total', role: 'reader', input: { id: '{id}' } },
      ],
    },
    files: {
      'releases/r3.yaml': anOrderRelease('r3', 'select id as total from customers where id = 1'),
    },
  });
  canary = one;
  await one.rig.land('canary: r3', { 'environments/canary.yaml': aPointer('r3') });
  const healthOf = async () => (await one.look()).gates.find(({ name }) => name === 'health')?.sentence;
  expect(await healthOf()).toBe('1 probes; the newest succeeded.');
  await one.rig.databases.sql('prod', 'delete from customers');
  expect(await healthOf()).toBe("The canary's probe has failed for 10 s while stable's succeeds.");
});
