// Smoke tests before the swap: a release that fails them is refused and never answers; what they do leaves nothing behind.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { aProject, aQuery, aRelease } from '../support/documents/release.ts';
import { closeRigCompiler, createRig, removeRigs } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../support/reconciler/rig-databases.ts';
import { aRigRepo, toProd } from '../support/reconciler/rig-repo.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const operations = {
  'customers.get': aQuery(),
  'customers.add': {
    mode: 'write',
    sql: "insert into customers (id, email) values (2, 'bob@example.com') returning id",
    returns: 'one',
  },
};
const add = { name: 'add', call: 'customers.add', role: 'reader', expect: { result: { id: 2 } } };
const bob = { name: 'bob is there', call: 'customers.get', role: 'reader', input: { id: 2 } };

function aTestedRelease(release: string, smoke: readonly object[]): Record<string, string> {
  return { [`releases/${release}.yaml`]: aRelease({ release, operations, smoke }), ...toProd(release) };
}

describe('smoke tests before the swap', () => {
  it('refuse a release until they pass, and leave nothing', async () => {
    const rig = await createRig({ files: aRigRepo(toProd('v2')) });
    expect(rig.condition('prod', 'SmokePassed').reason).toBe('NoTestsRan');
    await rig.land('fails', aTestedRelease('v4', [add, bob]));
    expect(rig.served('prod')).toBe('v2');
    expect(rig.condition('prod', 'SmokePassed')).toMatchObject({ status: 'False', reason: 'SmokeFailed' });
    expect(rig.condition('prod', 'Ready').message).toContain(
      'v4 is not served in prod. The smoke test "bob is there" failed: expected a result, got no-row',
    );
    // The data that the test needs: it takes effect by itself. Had the test's own row stayed, it would do so without.
    expect(await rig.databases.sql('prod', 'select id from customers')).toEqual([{ id: '1' }]);
    await rig.databases.sql('prod', "insert into customers values (2, 'bob@example.com')");
    await rig.databases.sql('prod', 'alter table customers drop constraint customers_pkey');
    await rig.until(() => rig.served('prod') === 'v4');
    expect(rig.condition('prod', 'SmokePassed')).toMatchObject({ status: 'True', reason: 'TestsPassed' });
    expect(rig.checks.filter((check) => check === 'prod/v4').length).toBeGreaterThanOrEqual(3);
  });

  it('of the environment run after those of the release, and report a rollback without refusing it', async () => {
    const smoke = [{ ...bob, expect: { code: 'no-row' } }];
    const prod = { database: rigDatabase('prod'), smoke };
    const project = aProject({ environments: { dev: { database: rigDatabase('dev') }, prod } });
    const files = aRigRepo({ ...aTestedRelease('v4', [add]), ...toProd('v4'), 'stk.yaml': project });
    const rig = await createRig({ files });
    await rig.until(() => rig.served('prod') === 'v4');
    await rig.land('next', aTestedRelease('v5', []));
    expect(rig.served('prod')).toBe('v5');
    await rig.databases.sql('prod', "insert into customers values (2, 'bob@example.com')");
    await rig.land('back\n\nStk-Action: rollback', toProd('v4'));
    expect(rig.served('prod')).toBe('v4');
    expect(rig.condition('prod', 'SmokePassed')).toMatchObject({ status: 'False', reason: 'SmokeFailed' });
    expect(rig.condition('prod', 'Ready').status).toBe('True');
  });
});
