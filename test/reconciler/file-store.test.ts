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
