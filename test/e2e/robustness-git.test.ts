// What may happen to the config repo while a Hub follows it: many operators at once, a remote that is away, and git's
// own housekeeping.
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { TestRepo } from '../support/git/git-repo.ts';
import { createManyEnvironments, type ManyEnvironments } from '../support/hub/many-environments.ts';
import { aPointer } from '../support/documents/release.ts';
import { isSoak, repeats } from '../support/soak.ts';

const open: ManyEnvironments[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function many(count: number): Promise<ManyEnvironments> {
  const made = await createManyEnvironments(count);
  open.push(made);
  return made;
}

/** Commits another pointer and pushes it, as an operator without stk would. */
async function push(clone: TestRepo, environment: string, release: string): Promise<string> {
  const files = { [`environments/${environment}.yaml`]: aPointer(release) };
  const revision = await clone.commit(`promote(${environment}): -> ${release}`, files);
  await clone.git('push', '--quiet', 'origin', 'HEAD:main');
  return revision;
}

/** A hook that holds the first commit in `clone` until one is about to be made in `other`, whose hook does the same. */
async function commitTogetherWith(clone: TestRepo, other: TestRepo): Promise<void> {
  const hooks = join(clone.directory, '.git', 'hooks');
  const here = join(clone.directory, '.git', 'about-to-commit');
  const there = join(other.directory, '.git', 'about-to-commit');
  await mkdir(hooks, { recursive: true });
  const script = `#!/bin/sh\ntouch '${here}'\nuntil [ -e '${there}' ]; do sleep 0.02; done\n`;
  await writeFile(join(hooks, 'pre-commit'), script);
  await chmod(join(hooks, 'pre-commit'), 0o755);
}

const promotions = repeats(5, 20);

describe(`${promotions} promotions at once against one remote`, () => {
  it.each(['a clone each', 'one clone for all'] as const)(
    'all land, one after the other, and nothing is lost: %s',
    async (kind) => {
      const shop = await many(promotions);
      const hub = await shop.startHub();
      const shared = await shop.remote.clone();
      const clones = await Promise.all(
        shop.environments.map(async () => (kind === 'a clone each' ? shop.remote.clone() : shared)),
      );
      const start = await shop.remote.revision('main');

      const runs = await Promise.all(
        shop.environments.map((environment, at) => {
          const args = ['release', 'promote', '--to', environment, '--release-id', 'b', '--timeout', '2m'];
          return shop.stk(clones[at] ?? shared, hub, ...args);
        }),
      );

      expect(runs.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(
        Array<number>(promotions).fill(0),
      );
      const merges = await shop.remote.git('rev-list', '--merges', `${start}..main`);
      const landed = await shop.remote.git('log', '--format=%s', `${start}..main`);
      expect(merges).toBe('');
      expect(landed.split('\n').toSorted()).toEqual(
        shop.environments.map((name) => `promote(${name}): a -> b`).toSorted(),
      );
      for (const environment of shop.environments) {
        expect(await shop.remote.git('show', `main:environments/${environment}.yaml`)).toBe('release: b');
        await hub.untilServing(environment, 'b');
      }
      expect(await shared.tryGit('fsck', '--no-dangling')).toMatchObject({ exitCode: 0 });
      expect(await shared.git('worktree', 'list')).not.toContain('stk-commit');
    },
    300_000,
  );

  it('to the same environment: one lands, the other is told who won', async () => {
    const shop = await many(2);
    const hub = await shop.startHub();
    const [one, two] = await Promise.all([shop.remote.clone(), shop.remote.clone()]);
    await one.git('config', 'user.name', 'Ada');
    await two.git('config', 'user.name', 'Grace');
    // Both have decided before either pushes, however late one of the two processes starts.
    await Promise.all([commitTogetherWith(one, two), commitTogetherWith(two, one)]);
    const start = await shop.remote.revision('main');

    const promote = (clone: TestRepo, id: string) =>
      shop.stk(clone, hub, 'release', 'promote', '--to', 'e1', '--release-id', id);
    const [ada, grace] = await Promise.all([promote(one, 'b'), promote(two, 'c')]);

    const [won, lost, winner, release] =
      ada.code === 0 ? [ada, grace, 'Ada', 'b'] : [grace, ada, 'Grace', 'c'];
    expect([won.code, lost.code]).toEqual([0, 3]);
    expect(lost.stderr).toContain(winner);
    expect(await shop.remote.git('rev-list', '--count', `${start}..main`)).toBe('1');
    await hub.untilServing('e1', release);
  });
});

describe('a remote that is away', () => {
  it('changes nothing that is served, also across a restart, and is followed again when it is back', async () => {
    const shop = await many(2);
    const clone = await shop.remote.clone();
    const away = `${shop.remote.directory}.away`;
    const first = await shop.startHub();
    await first.untilServing('e1', 'a');
    await rename(shop.remote.directory, away);

    await first.ask('/api/v1/projects/shop/sync', { method: 'POST', body: {} });
    const status = await first.until('e1', ({ conditions }) =>
      conditions.some(({ type, status: is }) => type === 'RepositoryReachable' && is === 'False'),
    );
    const reachable = status.conditions.find(({ type }) => type === 'RepositoryReachable');
    expect(reachable).toMatchObject({ reason: 'FetchFailed' });
    expect((await first.call('e1', 'about', {}, 'reader')).status).toBe(200);
    await first.stop();

    const second = await shop.startHub();
    const answer = await second.call('e1', 'about', {}, 'reader');
    expect(answer.json).toEqual({ result: { release: 'a' } });

    await rename(away, shop.remote.directory);
    await push(clone, 'e1', 'b');
    await second.untilServing('e1', 'b');
    await second.until('e1', ({ conditions }) =>
      conditions.some(({ type, status: is }) => type === 'RepositoryReachable' && is === 'True'),
    );
  });
});

describe("git's housekeeping while the Hub runs", () => {
  it.each([
    ['gc', '--quiet', '--prune=now'],
    ['repack', '-a', '-d', '-f', '--quiet'],
    ['pack-refs', '--all', '--prune'],
    ...(isSoak ? [['gc', '--aggressive', '--quiet', '--prune=now']] : []),
  ])('does not keep pointer commits from being served: git %s %s', async (...housekeeping) => {
    const shop = await many(1);
    const clone = await shop.remote.clone();
    // Packing and moving a ref wait for one another; git gives up after a tenth of a second unless told.
    await shop.remote.git('config', 'core.filesRefLockTimeout', '60000');
    await shop.remote.git('config', 'core.packedRefsTimeout', '60000');
    const hub = await shop.startHub({ repo: shop.remote.directory });
    for (const [at, release] of ['b', 'c', 'a', 'b', 'c', 'a'].slice(0, repeats(3, 6)).entries()) {
      // The commit is there under another name before git cleans: with --prune=now it may take what no ref names yet.
      const files = { 'environments/e1.yaml': aPointer(release) };
      const revision = await clone.commit(`promote(e1): -> ${release}`, files);
      await clone.git('push', '--quiet', 'origin', 'HEAD:refs/heads/arrived');
      const cleaning = at % 2 === 0 ? shop.remote.git(...housekeeping) : Promise.resolve('');
      await shop.remote.git('update-ref', 'refs/heads/main', revision);
      await cleaning;
      await hub.untilServing('e1', release);
      expect((await hub.call('e1', 'about', {}, 'reader')).json).toEqual({ result: { release } });
    }
    expect(hub.stderr()).not.toMatch(/"level":"(error|fatal)"/);
  });
});
