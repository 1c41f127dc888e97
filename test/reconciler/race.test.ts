import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { closeRigCompiler, createRig, removeRigs } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../support/reconciler/rig-databases.ts';
import { aPointer } from '../support/documents/release.ts';
import { aRigProject, aRigRepo, toProd } from '../support/reconciler/rig-repo.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const lockKey = '4711';
const withLock = {
  'stk.yaml': aRigProject({
    environments: {
      dev: { database: rigDatabase('dev') },
      prod: { database: rigDatabase('prod'), migrationLock: lockKey },
    },
  }),
};

describe('DDL between the check and the swap', () => {
  it('that breaks the release is found: nothing is swapped, and the findings say why', async () => {
    let isFirst = true;
    const rig = await createRig({
      files: aRigRepo(),
      beforeConfirming: async (check) => {
        if (check !== 'prod/v2' || !isFirst) return;
        isFirst = false;
        await rig.databases.sql('prod', 'alter table customers drop column email');
      },
    });
    await rig.land('promote', toProd('v2'));
    expect(rig.served('prod')).toBe('v1');
    expect(rig.condition('prod', 'Compatible')).toMatchObject({ status: 'False', reason: 'Incompatible' });
  });

  it('that goes on is "cannot tell now" (IND002), and the release takes effect when the schema rests', async () => {
    let changes = 0;
    const rig = await createRig({
      files: aRigRepo(),
      beforeConfirming: async (check) => {
        if (check !== 'prod/v2' || changes >= 2) return;
        changes += 1;
        await rig.databases.sql('prod', `alter table customers add column c${changes} text`);
      },
    });
    await rig.land('promote', toProd('v2'));
    expect(rig.served('prod')).toBe('v1');
    expect(rig.condition('prod', 'Compatible')).toMatchObject({
      status: 'Unknown',
      reason: 'SchemaChanging',
    });
    expect(rig.reconciler.status('prod')?.findings).toMatchObject([{ code: 'IND002' }]);
    await rig.until(() => rig.served('prod') === 'v2');
    expect(rig.served('prod')).toBe('v2');
  });
});

describe('the migration lock', () => {
  it('is held over the swap, and free again after it', async () => {
    const tries: unknown[] = [];
    const taken = (): Promise<readonly unknown[]> =>
      rig.databases.sql('prod', `select pg_try_advisory_lock(${lockKey}) as taken`);
    const rig = await createRig({
      files: aRigRepo(withLock),
      beforeConfirming: async (check) => {
        if (check === 'prod/v2') tries.push(...(await taken()));
      },
    });
    await rig.land('promote', toProd('v2'));
    expect(rig.served('prod')).toBe('v2');
    expect(tries).toEqual([{ taken: 'f' }]);
    expect(await taken()).toEqual([{ taken: 't' }]);
  });

  it('held by a migration keeps the release waiting, and nothing else', async () => {
    const rig = await createRig({ files: aRigRepo(withLock) });
    const release = await rig.databases.lockAdvisory('prod', lockKey);
    await rig.land('promote', { ...toProd('v2'), 'environments/dev.yaml': aPointer('v2') });
    expect([rig.served('dev'), rig.served('prod')]).toEqual(['v2', 'v1']);
    expect(rig.condition('prod', 'Compatible')).toMatchObject({
      status: 'Unknown',
      reason: 'MigrationRunning',
    });
    await release();
    await rig.until(() => rig.served('prod') === 'v2');
    expect(rig.served('prod')).toBe('v2');
  });
});

describe('a swap that is pre-empted before its check has ended', () => {
  it('is counted', async () => {
    const rig = await createRig({
      files: aRigRepo(),
      beforeSwap: (check) => {
        // The swap is synchronous: this runs after it, and before anything else of the check.
        if (check === 'prod/v2') queueMicrotask(() => void rig.stop());
      },
    });
    await rig.land('promote', toProd('v2'));
    await rig.stop();
    expect(rig.served('prod')).toBe('v2');
    expect(await rig.metrics()).toMatch(
      /^stk_activations_total\{.*environment="prod".*result="activated".*\} 2$/m,
    );
  });
});
