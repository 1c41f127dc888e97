// What commits do to a running Hub, whoever makes them: plain git and no command of ours moves the pointers here.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rename, rm } from 'node:fs/promises';
import type { EnvironmentStatus } from '../../src/reconciler/status/status.ts';
import type { EngineName } from '../support/databases/database.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { aPointer } from '../support/documents/release.ts';
import { createShop, shopRelease, tierMigration, type Shop } from '../support/hub/shop.ts';
import { enginesOf } from '../support/soak.ts';

const prod = 'environments/prod.yaml';

describe.each(enginesOf<EngineName>('postgres-18', 'pglite'))(
  'a commit on the followed branch, on %s',
  (engine) => {
    let shop: Shop;
    let repo: TestRepo;
    let hub: HubProcess;
    const served = async (environment = 'prod'): Promise<unknown> =>
      (await hub.call(environment, 'about')).json;
    const about = (release: string): unknown => ({ result: { release } });

    beforeAll(async () => {
      shop = await createShop(engine);
      ({ repo } = shop);
      hub = await shop.startHub();
    });
    afterAll(() => shop?.close());

    /** Brings prod back to v1.0.0, whatever the test before left. */
    const reset = async (): Promise<string> => {
      const revision = await repo.commit('back to the start', { [prod]: aPointer('v1.0.0') });
      await hub.untilServing('prod', 'v1.0.0', revision);
      return revision;
    };
    /** The pointer names `desired`, v1.0.0 is served on, and this is why. */
    const untilRefused = async (desired: string | null, reason: string): Promise<EnvironmentStatus> => {
      const revision = await repo.revision();
      const status = await hub.until(
        'prod',
        ({ observedRevision, conditions }) =>
          observedRevision === revision && conditions.some((condition) => condition.reason === reason),
      );
      expect(status.desired?.release ?? null).toBe(desired);
      expect(status.serving?.release).toBe('v1.0.0');
      expect(status.conditions.find(({ type }) => type === 'Ready')).toMatchObject({
        status: 'False',
        reason,
      });
      expect(await served()).toEqual(about('v1.0.0'));
      return status;
    };

    it('a merged branch that edits the pointer switches what is served, and reverting the merge switches back', async () => {
      await repo.git('checkout', '--quiet', '-b', 'promote-prod');
      await repo.commit('promote prod', { [prod]: aPointer('v1.0.1') });
      await repo.git('checkout', '--quiet', 'main');
      expect(await served()).toEqual(about('v1.0.0'));
      await repo.git('merge', '--quiet', '--no-ff', '--no-edit', 'promote-prod');
      await hub.untilServing('prod', 'v1.0.1', await repo.revision());
      expect(await served()).toEqual(about('v1.0.1'));
      expect((await hub.config('prod', 'support')).json).toEqual({ checkout: { maxItems: 30 } });

      await repo.git('revert', '-m', '1', '--no-edit', 'HEAD');
      await hub.untilServing('prod', 'v1.0.0', await repo.revision());
      expect(await served()).toEqual(about('v1.0.0'));
    });

    it('resetting the branch brings back what it named, and says that history was rewritten', async () => {
      const start = await reset();
      const ahead = await repo.commit('promote prod', { [prod]: aPointer('v1.0.1') });
      await hub.untilServing('prod', 'v1.0.1', ahead);
      await repo.git('reset', '--quiet', '--hard', start);
      await hub.untilServing('prod', 'v1.0.0', start);
      expect(await served()).toEqual(about('v1.0.0'));
      const status = await hub.until('prod', ({ conditions }) =>
        conditions.some(({ type, status: is }) => type === 'HistoryRewritten' && is === 'True'),
      );
      expect(status.conditions.find(({ type }) => type === 'HistoryRewritten')?.reason).toBe('Rewound');
    });

    it('another branch, checked out in the served clone, changes nothing', async () => {
      await reset();
      await repo.git('checkout', '--quiet', '-b', 'elsewhere');
      const elsewhere = await repo.commit('promote prod elsewhere', { [prod]: aPointer('v1.0.1') });
      const sync = await hub.ask('/api/v1/projects/shop/sync', { method: 'POST', body: {} });
      expect(sync.status).toBe(202);
      const status = await hub.status('prod');
      expect(status.observedRevision).toBe(await repo.revision('main'));
      expect(status.observedRevision).not.toBe(elsewhere);
      expect(await served()).toEqual(about('v1.0.0'));
      await repo.git('checkout', '--quiet', 'main');
    });

    it('a missing release is refused until its file is there, and then takes effect by itself', async () => {
      await reset();
      await repo.commit('promote too early', { [prod]: aPointer('v1.0.2') });
      const status = await untilRefused('v1.0.2', 'ReleaseMissing');
      expect(status.conditions.find(({ type }) => type === 'ReleaseValid')?.message).toContain(
        'There is no release v1.0.2',
      );
      const shown = await shop.stk(hub, 'status', '--env', 'prod');
      expect(shown.stdout).toMatch(/^prod +v1\.0\.2 +v1\.0\.0 +\S.* ReleaseMissing$/m);

      const added = await repo.commit('feat: release v1.0.2', {
        'releases/v1.0.2.yaml': shopRelease('v1.0.2'),
      });
      await hub.untilServing('prod', 'v1.0.2', added);
      expect(await served()).toEqual(about('v1.0.2'));
    });

    it.each([
      ['a pointer that does not parse', 'release: [v1', 'PointerInvalid'],
      ['a pointer with an unknown key', 'release: v1.0.1\nrelaese: v1.1.0\n', 'PointerInvalid'],
      ['a pointer that is empty', '', 'PointerInvalid'],
      ['an id that is a path', 'release: ../stk\n', 'PointerInvalid'],
    ])('%s leaves what is served, and a good commit pre-empts it', async (_, text, reason) => {
      await reset();
      await repo.commit('a bad pointer', { [prod]: text });
      const status = await untilRefused(null, reason);
      expect(status.conditions.find(({ type }) => type === 'PointerValid')?.message).toContain(`${prod}:`);
      const good = await repo.commit('a good one', { [prod]: aPointer('v1.0.1') });
      await hub.untilServing('prod', 'v1.0.1', good);
    });

    it('a malformed release is refused with every problem; git revert takes it back', async () => {
      await reset();
      await repo.commit('promote nonsense', {
        [prod]: aPointer('v1.0.3'),
        'releases/v1.0.3.yaml': shopRelease('v1.0.3', { permisions: {}, createdAt: 'yesterday' }),
      });
      const status = await untilRefused('v1.0.3', 'ReleaseInvalid');
      const message = status.conditions.find(({ type }) => type === 'ReleaseValid')?.message ?? '';
      expect(message).toContain('releases/v1.0.3.yaml:3:12: "yesterday"');
      expect(message).toContain('did you mean "permissions"?');
      await repo.git('revert', '--no-edit', 'HEAD');
      await hub.untilServing('prod', 'v1.0.0', await repo.revision());
    });

    it('a release that was changed after a pointer named it is refused until it is restored', async () => {
      await reset();
      const original = await repo.git('show', 'HEAD:releases/v1.0.1.yaml');
      await repo.commit('change history', {
        'releases/v1.0.1.yaml': `${original}\n# looks harmless\n`,
        [prod]: aPointer('v1.0.1'),
      });
      const status = await untilRefused('v1.0.1', 'ReleaseMutated');
      const message = status.conditions.find(({ type }) => type === 'ReleaseValid')?.message ?? '';
      expect(message).toContain('git checkout');
      // staging goes on serving the bytes that it named first.
      expect(await served('staging')).toEqual(about('v1.0.1'));

      const hinted = /git checkout ([0-9a-f]+) -- (\S+?)\)/.exec(message);
      await repo.git('checkout', hinted?.[1] ?? '', '--', hinted?.[2] ?? '');
      const restored = await repo.commit('restore v1.0.1');
      await hub.untilServing('prod', 'v1.0.1', restored);
      expect(await served()).toEqual(about('v1.0.1'));
    });

    it('an incompatible release waits, and takes effect by itself once the migration is applied', async () => {
      await reset();
      const waiting = await repo.commit('promote ahead of the migration', { [prod]: aPointer('v1.1.0') });
      const status = await untilRefused('v1.1.0', 'Incompatible');
      expect(status.findings).toEqual([
        expect.objectContaining({
          code: 'COL001',
          severity: 'block',
          object: expect.stringContaining('tier'),
        }),
      ]);
      expect((await hub.call('dev', 'about')).json).toEqual(about('v1.1.0'));

      // A good commit pre-empts the waiting one …
      const good = await repo.commit('something that fits', { [prod]: aPointer('v1.0.1') });
      await hub.untilServing('prod', 'v1.0.1', good);
      await reset();
      // … and named again it waits again, until psql applies the migration.
      const again = await repo.commit('promote again', { [prod]: aPointer('v1.1.0') });
      expect(again).not.toBe(waiting);
      await untilRefused('v1.1.0', 'Incompatible');
      await shop.sql('prod', tierMigration);
      await hub.untilServing('prod', 'v1.1.0', again);
      expect((await hub.call('prod', 'customers.get', { id: 1 })).json).toEqual({
        result: { id: 1, email: 'ada@example.com', tier: 'standard' },
      });
    });

    it('a pointer file that disappears leaves what is served, and says so', async () => {
      await reset();
      await rm(`${repo.directory}/${prod}`);
      await repo.commit('remove the pointer');
      const status = await untilRefused(null, 'PointerMissing');
      expect(status.conditions.find(({ type }) => type === 'Ready')?.message).toContain(
        'v1.0.0 is still served',
      );
      // The Hub cannot be asked to forget; naming a release again mends it.
      const mended = await shop.stk(hub, 'release', 'promote', '--to', 'prod', '--release-id', 'v1.0.1');
      expect(mended).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') });
      expect(await served()).toEqual(about('v1.0.1'));
    });

    it('a link in the place of a pointer is refused', async () => {
      await reset();
      await rm(`${repo.directory}/${prod}`);
      await repo.git(
        'update-index',
        '--add',
        '--cacheinfo',
        `120000,${await linkTo(repo, 'dev.yaml')},${prod}`,
      );
      await repo.git('checkout', '--quiet', '--', prod);
      await repo.commit('link prod to dev');
      await untilRefused(null, 'PointerInvalid');
      await rm(`${repo.directory}/${prod}`);
      await reset();
    });
  },
);

describe('a Hub that follows a remote', () => {
  let remote: TestRepo;
  let shop: Shop;
  let hub: HubProcess;

  beforeAll(async () => {
    shop = await createShop('pglite');
    remote = await createTestRepo({ bare: true });
    await shop.repo.git('remote', 'add', 'origin', remote.url);
    await shop.repo.git('push', '--quiet', '--set-upstream', 'origin', 'main');
    hub = await shop.startHub({ repo: remote.url, args: ['--ref', 'main'] });
  });
  afterAll(async () => {
    await shop?.close();
    await remote?.remove();
  });

  it('serves a promotion that the command line pushes', async () => {
    const promoted = await shop.stk(hub, 'release', 'promote', '--to', 'prod', '--release-id', 'v1.0.1');
    expect(promoted).toMatchObject({ code: 0 });
    expect(await remote.revision('main')).toBe(await shop.repo.revision());
    expect((await hub.call('prod', 'about')).json).toEqual({ result: { release: 'v1.0.1' } });
  });

  it('follows a force-push and says so', async () => {
    await shop.repo.git('reset', '--quiet', '--hard', 'HEAD~1');
    const other = await shop.repo.commit('another history', {
      'environments/staging.yaml': aPointer('v1.0.0'),
    });
    await shop.repo.git('push', '--quiet', '--force', 'origin', 'main');
    await hub.untilServing('prod', 'v1.0.0', other);
    await hub.untilServing('staging', 'v1.0.0', other);
    // What became of the history before is found out beside what the commit means.
    await hub.until('staging', ({ conditions }) =>
      conditions.some(
        ({ type, status, reason }) =>
          type === 'HistoryRewritten' && status === 'True' && reason === 'ForcePushed',
      ),
    );
    expect((await hub.call('prod', 'about')).json).toEqual({ result: { release: 'v1.0.0' } });
  });

  it('serves on while the remote is away, says so, and follows it again', async () => {
    await shop.repo.git('remote', 'set-url', 'origin', `${remote.url}.moved`);
    await remote.git('symbolic-ref', 'HEAD', 'refs/heads/main');
    const moved = `${remote.directory}.moved`;
    await rename(remote.directory, moved);
    await hub.until('prod', ({ conditions }) =>
      conditions.some(({ type, status }) => type === 'RepositoryReachable' && status === 'False'),
    );
    expect((await hub.call('prod', 'about')).json).toEqual({ result: { release: 'v1.0.0' } });
    const late = await shop.repo.commit('while it was away', { [prod]: aPointer('v1.0.1') });
    await shop.repo.git('push', '--quiet', 'origin', 'main');
    await rename(moved, remote.directory);
    await hub.untilServing('prod', 'v1.0.1', late);
  });
});

async function linkTo(repo: TestRepo, target: string): Promise<string> {
  return repo.gitWithInput(target, 'hash-object', '-w', '--stdin');
}
