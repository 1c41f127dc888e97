// What a Hub tells a forge about open pull requests: how each pointer that they change would be judged, and that a freeze blocks them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aPointer } from '../../support/documents/release.ts';
import { type ForgeServer, startForge } from '../../support/forge/forge-server.ts';
import { createMovedClock } from '../../support/moved-clock.ts';
import { aGovernedRepo, to } from '../../support/reconciler/governed-rig.ts';
import {
  closeRigCompiler,
  createRig,
  removeRigs,
  type Rig,
} from '../../support/reconciler/reconciler-rig.ts';

const clock = createMovedClock();
let forge: ForgeServer;
let rig: Rig;
beforeAll(async () => {
  forge = await startForge('gitlab');
  const parts = { forge: { ...forge.settings }, freeze: { blockPullRequests: true } };
  const variables = { FORGE_TOKEN: forge.token };
  rig = await createRig({ clock, variables, files: aGovernedRepo(parts) });
  forge.headOf = (branch) => rig.repo.git('rev-parse', branch);
});
afterAll(async () => {
  await removeRigs();
  await closeRigCompiler();
  await forge.close();
});

/** A branch with one commit, and an open pull request for it. */
async function open(branch: string, files: Readonly<Record<string, string | undefined>>): Promise<void> {
  await rig.repo.git('checkout', '--quiet', '-b', branch, 'main');
  await rig.repo.commit(branch, files);
  await rig.repo.git('checkout', '--quiet', 'main');
  const pull = { branch, into: 'main', title: branch, text: '', state: 'open', isFork: false } as const;
  forge.pulls.push({ ...pull, number: forge.pulls.length + 1 });
}

/** What the forge has of each open pull request after the next look: `branch context` → state and sentence. */
async function statuses(): Promise<Record<string, string>> {
  clock.move(31_000);
  await rig.reconciler.sync();
  await rig.reconciler.settled();
  const branchOf = new Map<string, string>();
  for (const { branch } of forge.pulls) branchOf.set(await rig.repo.git('rev-parse', branch), branch);
  return Object.fromEntries(
    forge.statuses.map(({ revision, context, state, sentence }) => [
      `${branchOf.get(revision)} ${context}`,
      `${state}: ${sentence}`,
    ]),
  );
}

describe('the status of a pull request', () => {
  it('says how each pointer that it changes would be judged, and nothing of what it does not change', async () => {
    await open('docs', { 'README.md': 'x\n' });
    await open('forward', to('dev', 'v2'));
    await open('gated', to('prod', 'v2'));
    await open('unknown', to('dev', 'v9'));
    await open('broken', { 'environments/dev.yaml': 'release: [\n' });
    await open('removed', { 'environments/prod.yaml': undefined });
    expect(await statuses()).toEqual({
      'docs stk/freeze': 'success: Nothing is frozen.',
      'forward stk/dev': 'success: v2 fits, and may enter dev.',
      'forward stk/freeze': 'success: Nothing is frozen.',
      'gated stk/prod': expect.stringMatching(/^(pending|failed): .*dev/),
      'gated stk/freeze': 'success: Nothing is frozen.',
      'unknown stk/dev': expect.stringMatching(/^failed: .*v9/),
      'unknown stk/freeze': 'success: Nothing is frozen.',
      'broken stk/dev': expect.stringMatching(/^failed: environments\/dev\.yaml/),
      'broken stk/freeze': 'success: Nothing is frozen.',
      'removed stk/prod': 'success: The pointer is removed; what is served stays.',
      'removed stk/freeze': 'success: Nothing is frozen.',
    });
    // What has not changed is not told again.
    const count = forge.statuses.length;
    await statuses();
    expect(forge.statuses).toHaveLength(count);
  });

  it('fails while everything is frozen, but for a rollback and the end of the freeze', async () => {
    for (const pull of forge.pulls) if (!['docs', 'forward'].includes(pull.branch)) pull.state = 'closed';
    await rig.land('dev to v3', to('dev', 'v3'));
    await rig.land('freeze', { 'freezes/xmas.yaml': 'freeze: xmas\nreason: holidays\n' });
    await open('back', { 'environments/dev.yaml': aPointer('v1') });
    await open('unfreeze', { 'freezes/xmas.yaml': undefined });
    const told = await statuses();
    const free = 'success: A freeze stops neither a rollback nor its own end.';
    expect(told).toMatchObject({
      'docs stk/freeze': 'failed: Frozen by xmas: holidays',
      'forward stk/freeze': 'failed: Frozen by xmas: holidays',
      'forward stk/dev': expect.stringMatching(/^pending: .*xmas/),
      'back stk/freeze': free,
      'back stk/dev': 'success: v1 fits, and may enter dev.',
      'unfreeze stk/freeze': free,
    });
    await rig.land('unfreeze', { 'freezes/xmas.yaml': undefined });
    expect(await statuses()).toMatchObject({ 'docs stk/freeze': 'success: Nothing is frozen.' });
  });
});
