// A release whose files do not fit is refused like one whose database does not, and served as soon as they do.
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aConstantRelease, aPointer, aRelease } from '../support/documents/release.ts';
import { closeRigCompiler, createRig, removeRigs } from '../support/reconciler/reconciler-rig.ts';
import { aRigProject } from '../support/reconciler/rig-repo.ts';
import { dropRigDatabases, rigDatabase } from '../support/reconciler/rig-databases.ts';

afterEach(removeRigs);
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

it('is refused with the file and the place, and served once the file is right', async () => {
  const root = await mkdtemp(join(tmpdir(), 'stk-store-'));
  await writeFile(join(root, 'a.json'), '{"n": "x"}');
  const rig = await createRig({
    files: {
      'stk.yaml': aRigProject({
        environments: {
          dev: { database: rigDatabase('dev') },
          prod: { database: rigDatabase('prod'), files: { root } },
        },
      }),
      'environments/dev.yaml': aPointer('v1'),
      'environments/prod.yaml': aPointer('v1'),
      'releases/v1.yaml': aConstantRelease('v1'),
      'releases/v2.yaml': aRelease({
        release: 'v2',
        files: [
          {
            glob: '*.json',
            schema: { type: 'object', properties: { n: { type: 'integer' } }, additionalProperties: false },
          },
        ],
      }),
    },
  });
  await rig.land('v2', { 'environments/prod.yaml': aPointer('v2') });
  expect(rig.served('prod')).toBe('v1');
  expect(rig.condition('prod', 'Compatible')).toMatchObject({
    status: 'False',
    message: expect.stringContaining('FIL002 a.json'),
  });
  await writeFile(join(root, 'a.json'), '{"n": 1}');
  await rig.land('again', { 'environments/prod.yaml': `# again\n${aPointer('v2')}` });
  expect(rig.served('prod')).toBe('v2');
  await rm(root, { recursive: true });
});

it('refuses no rollback: what does not fit is told afterwards, and writes go on', async () => {
  const root = await mkdtemp(join(tmpdir(), 'stk-store-'));
  const need = { glob: '*.json', schema: { type: 'object' } };
  const rig = await createRig({
    files: {
      'stk.yaml': aRigProject({
        environments: {
          dev: { database: rigDatabase('dev') },
          prod: { database: rigDatabase('prod'), files: { root }, onDrift: 'refuse-writes' },
        },
      }),
      'environments/dev.yaml': aPointer('v2'),
      'environments/prod.yaml': aPointer('v2'),
      'releases/v1.yaml': aRelease({ release: 'v1', files: [need] }),
      'releases/v2.yaml': aConstantRelease('v2'),
    },
  });
  expect(rig.served('prod')).toBe('v2');
  // The application of v2 has written files that v1 cannot read.
  await writeFile(join(root, 'a.json'), '[]');
  const asked = { release: 'v1', forMove: true } as const;
  expect(await rig.reconciler.check('prod', asked)).toMatchObject({ verdict: { kind: 'incompatible' } });
  expect(await rig.reconciler.check('prod', { ...asked, isRollback: true })).toMatchObject({
    verdict: { kind: 'compatible' },
  });
  await rig.land('rollback(prod): v2 -> v1\n\nStk-Action: rollback', {
    'environments/prod.yaml': aPointer('v1'),
  });
  expect(rig.served('prod')).toBe('v1');
  rig.reconciler.noteCallFailure('prod');
  await rig.until(() => rig.condition('prod', 'Drifted').status === 'True');
  expect(rig.reconciler.status('prod')?.findings).toContainEqual(
    expect.objectContaining({ code: 'FIL002', object: 'a.json' }),
  );
  expect(rig.reconciler.table.stable('prod')?.refuseWrites).toBe(false);
  await rm(root, { recursive: true });
});
