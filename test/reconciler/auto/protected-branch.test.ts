// A remote whose branches are protected against the Hub's pushes: what the Hub does by itself is said, changes nothing, and is
// done once as soon as it may push.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { openConfigRepo } from '../../../src/git/open-config-repo.ts';
import { readPointerRelease } from '../../../src/documents/edit-pointer.ts';
import { aConstantRelease } from '../../support/documents/release.ts';
import { gitTestEnvironment } from '../../support/git/git-repo.ts';
import { to } from '../../support/reconciler/governed-rig.ts';
import { createMovedClock } from '../../support/moved-clock.ts';
import {
  closeRigCompiler,
  createRig,
  removeRigs,
  type Rig,
} from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../../support/reconciler/rig-databases.ts';
import { aRigProject } from '../../support/reconciler/rig-repo.ts';

let state: string;
afterAll(async () => {
  await removeRigs();
  await closeRigCompiler();
  await dropRigDatabases();
  await rm(state, { recursive: true, force: true });
});

/** Only the records may be pushed. */
const refuseAll = `#!/bin/sh
while read -r old new ref; do
  [ "$ref" = refs/heads/stk-records ] || { echo "$ref is protected" >&2; exit 1; }
done
`;

it('keeps a promotion and a backport waiting, with the remote’s own words', async () => {
  const clock = createMovedClock();
  const environments = {
    dev: { database: rigDatabase('dev') },
    legacy: { database: rigDatabase('dev') },
    prod: { database: rigDatabase('prod'), from: 'dev', auto: { when: 'gates' }, backport: ['legacy'] },
  };
  const origin = await createRig({
    files: {
      'stk.yaml': aRigProject({ environments }),
      ...Object.assign({}, ...Object.keys(environments).map((name) => to(name, 'v1'))),
      ...Object.fromEntries(['v1', 'v2'].map((id) => [`releases/${id}.yaml`, aConstantRelease(id)])),
    },
    isUnstarted: true,
  });
  const { repo } = origin;
  await repo.git('config', 'receive.denyCurrentBranch', 'updateInstead');
  state = await mkdtemp(join(tmpdir(), 'stk-rig-'));
  const rig = await origin.another({
    clock,
    openRepo: () =>
      openConfigRepo({
        location: repo.url,
        stateDirectory: state,
        environment: gitTestEnvironment,
        clock,
        readPointer: readPointerRelease,
      }),
  });
  const hook = join(repo.directory, '.git', 'hooks', 'pre-receive');
  await writeFile(hook, refuseAll);
  await chmod(hook, 0o755);

  await repo.commit('dev: v2', to('dev', 'v2'));
  await settle(rig);
  expect(await rig.reconciler.auto.view('prod')).toMatchObject({
    would: 'wait',
    release: 'v2',
    sentence: expect.stringMatching(/^The remote refused the push: .*refs\/heads\/main is protected/),
  });
  expect([rig.served('dev'), rig.served('prod')]).toEqual(['v2', 'v1']);

  // A person promotes; the branch of the proposal may not be pushed either.
  await repo.commit('prod: v2', to('prod', 'v2'));
  await settle(rig);
  expect(rig.served('prod')).toBe('v2');
  clock.move(10_000);
  await settle(rig);
  expect(rig.condition('prod', 'ProposalPending')).toMatchObject({
    reason: 'PushRefused',
    message: expect.stringContaining('refs/heads/backport/legacy/v2 is protected'),
  });

  await rm(hook);
  await repo.commit('v3', { 'releases/v3.yaml': aConstantRelease('v3'), ...to('dev', 'v3') });
  clock.move(700_000);
  await settle(rig);
  await settle(rig);
  expect(rig.served('prod')).toBe('v3');
  const subjects = (await repo.git('log', '--format=%s', 'main')).split('\n');
  expect(subjects.filter((subject) => subject.startsWith('promote(prod)'))).toEqual([
    'promote(prod): v2 -> v3',
  ]);
  expect(rig.reconciler.status('prod')?.conditions.some(({ type }) => type === 'ProposalPending')).toBe(
    false,
  );
});

async function settle({ reconciler }: Rig): Promise<void> {
  for (let n = 0; n < 3; n += 1) {
    await reconciler.sync();
    await reconciler.settled();
  }
}
