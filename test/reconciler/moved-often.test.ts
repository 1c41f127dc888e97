// A pointer that moves on faster than a release can be compiled and checked.
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { closeRigCompiler, createRig, removeRigs } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../support/reconciler/rig-databases.ts';
import { aCustomerRelease, aRigRepo } from '../support/reconciler/rig-repo.ts';
import { aPointer, aQuery } from '../support/documents/release.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const operations = Object.fromEntries(
  Array.from({ length: 400 }, (_, n) => [
    `customers.get${n}`,
    aQuery({ sql: `select id, email from customers where id = :id and id <> ${n}` }),
  ]),
);

it('a release that was never seen is served although each attempt is pre-empted', async () => {
  const files = aRigRepo({ 'releases/large.yaml': aCustomerRelease('large', { operations }) });
  const rig = await createRig({ files });
  let moves = 0;
  while (rig.served('prod') !== 'large' && moves < 400) {
    moves += 1;
    await rig.repo.commit('move', { 'environments/prod.yaml': `${aPointer('large')}# move ${moves}\n` });
  }
  expect(rig.served('prod')).toBe('large');
  expect(moves).toBeGreaterThan(1);
});
