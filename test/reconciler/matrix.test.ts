import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { isBlocking } from '../../src/model/finding.ts';
import { startControlPlane } from '../support/reconciler/rig-control-plane.ts';
import { closeRigCompiler, createRig, removeRigs, type Rig } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, tierMigration } from '../support/reconciler/rig-databases.ts';
import { aRigRepo, toProd } from '../support/reconciler/rig-repo.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await removeRigs();
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

async function rows(rig: Rig, releases: readonly string[]): Promise<Record<string, string>> {
  const outcome = await rig.reconciler.checkMatrix('prod', releases);
  if (outcome.kind === 'refused') throw outcome.error;
  return Object.fromEntries(
    outcome.rows.map((row) => {
      const code = row.kind === 'refused' ? row.error.code : row.findings.find(isBlocking)?.code;
      return [row.release, [row.kind, code].join(' ').trim()];
    }),
  );
}

describe('the rollback matrix', () => {
  it('says of every release whether it fits right now, as a check of it alone would', async () => {
    const rig = await createRig({ files: aRigRepo({ 'releases/bad.yaml': 'release: [' }) });
    await rig.land('promote', toProd('v3'));
    await rig.land('mutate', { 'releases/v3.yaml': 'release: v3\n' });
    const asked = ['v1', 'v2', 'tier', 'bad', 'v3', 'v9'];
    expect(await rows(rig, asked)).toEqual({
      v1: 'fits',
      v2: 'fits',
      tier: 'does-not-fit COL001',
      bad: 'refused release-invalid',
      v3: 'refused release-mutated',
      v9: 'refused unknown-release',
    });
    for (const release of ['v1', 'v2', 'tier']) {
      const alone = await rig.reconciler.check('prod', { release, forMove: true });
      const [row] = (await matrixOf(rig, [release])) ?? [];
      expect(row?.kind === 'refused' ? undefined : row?.findings).toEqual(
        alone.kind === 'checked' && 'findings' in alone.verdict ? alone.verdict.findings : undefined,
      );
    }
  });

  it('is another one as soon as the schema is', async () => {
    const rig = await createRig({ files: aRigRepo() });
    const asked = ['v2', 'tier'];
    expect(await rows(rig, asked)).toEqual({ v2: 'fits', tier: 'does-not-fit COL001' });
    await rig.databases.sql('prod', tierMigration);
    expect(await rows(rig, asked)).toEqual({ v2: 'fits', tier: 'fits' });
    await rig.databases.sql('prod', 'alter table customers drop column email');
    expect(await rows(rig, asked)).toEqual({ v2: 'does-not-fit COL001', tier: 'does-not-fit COL001' });
  });

  it('cannot be told while the database is away', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.databases.cut('prod');
    expect(await rig.reconciler.checkMatrix('prod', ['v2'])).toMatchObject({
      kind: 'refused',
      error: { code: 'database-unavailable' },
    });
  });
});

describe('the control plane', () => {
  it('answers the matrix, and a refused move names the earlier releases that fit', async () => {
    const rig = await createRig({ files: aRigRepo() });
    await rig.land('promote', toProd('v2'));
    await rig.land('promote', toProd('v3'));
    const ask = await startControlPlane(rig, closing);
    const matrix = await ask('GET', 'matrix?limit=2');
    expect(matrix).toMatchObject({
      status: 200,
      body: { environment: 'prod', desired: 'v3', serving: 'v3' },
    });
    expect(matrix.body['releases']).toHaveLength(2);
    expect(matrix.body['releases']).toContainEqual({
      release: 'v2',
      verdict: 'fits',
      code: null,
      object: null,
      blocking: 0,
      warnings: 1,
      isRollbackTarget: true,
    });
    const refused = { status: 409, body: { code: 'incompatible', rollbackTargets: ['v2', 'v1'] } };
    expect(await ask('POST', 'promote', { release: 'tier' })).toMatchObject(refused);
    expect(await ask('POST', 'check', { release: 'tier' })).toMatchObject(refused);
    await rig.land('back', toProd('v2'));
    expect(await ask('POST', 'promote', { release: 'tier' })).toMatchObject({
      body: { rollbackTargets: ['v1'] },
    });
    await rig.land('forward', toProd('v3'));
    await rig.databases.sql('prod', 'alter table customers drop column email');
    expect(await ask('POST', 'promote', { release: 'tier' })).toMatchObject({
      status: 409,
      body: { rollbackTargets: ['v1'] },
    });
    expect(await ask('GET', 'matrix?limit=101')).toMatchObject({ status: 400 });
  });
});

async function matrixOf(rig: Rig, releases: readonly string[]) {
  const outcome = await rig.reconciler.checkMatrix('prod', releases);
  return outcome.kind === 'answered' ? outcome.rows : undefined;
}
