// Commits through a clone with an upstream: the built command line, a bare remote and a real Hub that follows it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import {
  builtCommand,
  startHubProcess,
  stk,
  type HubProcess,
  type StkResult,
} from '../support/hub/hub-process.ts';
import { aConstantRelease, aPointer, aProject } from '../support/documents/release.ts';

describe('a clone with an upstream', () => {
  let remote: TestRepo;
  let state: string;
  let hub: HubProcess;
  beforeAll(async () => {
    const releases = ['v1', 'v2', 'v3'].map((id) => [`releases/${id}.yaml`, aConstantRelease(id)]);
    remote = await createTestRepo({
      bare: true,
      files: {
        'stk.yaml': aProject(),
        'environments/dev.yaml': aPointer('v2'),
        'environments/prod.yaml': aPointer('v1'),
        ...Object.fromEntries(releases),
      },
    });
    state = await mkdtemp(join(tmpdir(), 'stk-test-state-'));
    hub = await startHubProcess({ repo: remote.url, state });
  });
  afterAll(async () => {
    await hub.stop();
    await remote.remove();
    await rm(state, { recursive: true, force: true });
  });

  const run = (clone: TestRepo, ...args: readonly string[]): Promise<StkResult> =>
    stk(args, { cwd: clone.directory, env: { STK_HUB: hub.url } });

  it('pushes the pointer commit alone and fast-forwards a clean branch', async () => {
    const clone = await remote.clone();
    const promoted = await run(clone, 'release', 'promote', '--from', 'dev', '--to', 'prod', '--json');
    expect(promoted.json).toMatchObject({
      from: 'v1',
      to: 'v2',
      committed: true,
      pushed: true,
      serving: 'v2',
    });
    expect(await remote.revision('main')).toBe(await clone.revision('HEAD'));
    expect(await clone.git('status', '--porcelain', '--branch')).toBe('## main...origin/main');
  });

  it("keeps the operator's unpushed commits and uncommitted work where they are", async () => {
    const clone = await remote.clone();
    const mine = await clone.commit('wip: mine', { 'notes.txt': 'mine\n' });
    await clone.write('stk.yaml', 'project: shop # not yet\n');
    const tip = await remote.revision('main');
    const back = await run(clone, 'release', 'rollback', '--env', 'prod', '--to-release-id', 'v1', '--json');
    expect(back.json).toMatchObject({ to: 'v1', pushed: true, serving: 'v1' });
    expect(await remote.git('diff', '--name-only', tip, 'main')).toBe('environments/prod.yaml');
    expect(await remote.git('rev-list', '--count', `${tip}..main`)).toBe('1');
    expect(await clone.revision('HEAD')).toBe(mine);
    expect(await clone.git('status', '--porcelain')).toBe(' M stk.yaml');
    expect(back.stderr).toMatch(/^note: /m);
  });

  it('lets one of two promotions to the same environment land and tells the other who won', async () => {
    const winner = await remote.clone();
    await winner.git('config', 'user.name', 'Winner');
    const loser = await remote.clone();
    // The other promotion lands between this one's look at the remote and its push.
    const hooks = join(loser.directory, '.git', 'hooks');
    await mkdir(hooks, { recursive: true });
    const promote = `release promote --to prod --release-id v2 --hub ${hub.url}`;
    // git tells a hook who commits; the winner is somebody else.
    const script = `#!/bin/sh\nunset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL\ncd '${winner.directory}' && exec '${process.execPath}' '${builtCommand}' ${promote}\n`;
    await writeFile(join(hooks, 'pre-commit'), script);
    await chmod(join(hooks, 'pre-commit'), 0o755);
    const lost = await run(loser, 'release', 'promote', '--to', 'prod', '--release-id', 'v3', '--json');
    expect(lost.code).toBe(3);
    expect(lost.json).toMatchObject({
      error: { code: 'conflict', by: 'Winner <operator@example.com>', release: 'v2' },
      committed: false,
    });
    expect(lost.stderr).toMatch(
      /^error: prod was moved to v2 in the meantime by Winner <operator@example\.com>/m,
    );
    expect(await remote.git('log', '-1', '--format=%s', 'main')).toBe('promote(prod): v1 -> v2');
    await hub.untilServing('prod', 'v2');
  });

  it('says that a shallow clone does not tell what an environment named before', async () => {
    const clone = await remote.clone({ depth: 1 });
    const refused = await run(
      clone,
      ...'release rollback --env prod --to-release-id v3 --no-check --json'.split(' '),
    );
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'git-shallow' } });
  });

  it('says which merge of a git pull put a release beside the history', async () => {
    const [ops, dev] = [await remote.clone(), await remote.clone()];
    for (const release of ['v1', 'v3'])
      await ops.commit(`dev ${release}`, { 'environments/dev.yaml': aPointer(release) });
    await ops.git('push', '-q');
    const named = await ops.revision('HEAD~1');
    await dev.commit('docs', { 'beside.txt': 'x' });
    await dev.git('pull', '-q', '--no-rebase', '--no-edit');
    await dev.git('push', '-q');
    const merge = await dev.revision();
    const refused = await run(
      ops,
      ...'release rollback --env dev --to-release-id v1 --no-check --json'.split(' '),
    );
    expect(JSON.parse(refused.stdout)).toMatchObject({
      error: {
        code: 'unknown-release',
        message: expect.stringContaining(
          `dev named v1 in ${named.slice(0, 10)}, but the merge ${merge.slice(0, 10)}`,
        ),
        hint: expect.stringContaining('stk release promote --to dev --release-id v1'),
      },
    });
  });

  it('says that the remote cannot be reached, with nothing written', async () => {
    const clone = await remote.clone();
    await clone.git('remote', 'set-url', 'origin', 'file:///nowhere/repo.git');
    const before = await clone.revision();
    const failed = await run(clone, 'release', 'promote', '--to', 'prod', '--release-id', 'v3');
    expect([failed.code, await clone.revision()]).toEqual([5, before]);
  });
});
