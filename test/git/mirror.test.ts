// The mirror of a URL is a cache: whatever is wrong with it, the Hub follows the remote on.
import { afterEach, describe, expect, it } from '@jest/globals';
import { chmod, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { closeOpened, openRepo, pointer, stillClock } from '../support/git/git-config-repo.ts';
import { createTestRepo, gitTestEnvironment, type TestRepo } from '../support/git/git-repo.ts';

const repos: TestRepo[] = [];
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await closeOpened();
  for (const step of undo.splice(0)) await step();
  await Promise.all(repos.splice(0).map((repo) => repo.remove()));
});

async function aRemote(): Promise<{ remote: TestRepo; clone: TestRepo }> {
  const files = { 'stk.yaml': 'project: x\n', 'environments/dev.yaml': pointer('v1') };
  const remote = await createTestRepo({ bare: true, files });
  repos.push(remote);
  return { remote, clone: await remote.clone() };
}

async function push(clone: TestRepo, release: string): Promise<string> {
  const revision = await clone.commit(`dev ${release}`, { 'environments/dev.yaml': pointer(release) });
  await clone.git('push', '-q', 'origin', 'HEAD:main');
  return revision;
}

describe('the mirror', () => {
  it.each([
    ['a lock on the ref', (mirror: string) => writeFile(join(mirror, 'refs/heads/main.lock'), '')],
    ['a lock on packed-refs', (mirror: string) => writeFile(join(mirror, 'packed-refs.lock'), '')],
    ['a lock on its HEAD', (mirror: string) => writeFile(join(mirror, 'HEAD.lock'), '')],
    ['an empty ref', (mirror: string) => truncate(join(mirror, 'refs/heads/main'))],
    ['a broken configuration', (mirror: string) => writeFile(join(mirror, 'config'), '[core\n')],
    ['no HEAD', (mirror: string) => rm(join(mirror, 'HEAD'))],
    ['no objects', (mirror: string) => rm(join(mirror, 'objects'), { recursive: true })],
  ])('follows on with %s, while it serves and after a restart', async (_name, damage) => {
    const { remote, clone } = await aRemote();
    const repo = await openRepo({ location: remote.url, state: 'shared' });
    await damage(repo.gitDirectory);
    const next = await push(clone, 'v2');
    await repo.fetch();
    expect(await repo.resolve()).toBe(next);
    expect(await repo.fileText(next, 'environments/dev.yaml', 100)).toBe(pointer('v2'));
    await repo.close();
    await damage(repo.gitDirectory);
    const last = await push(clone, 'v3');
    const again = await openRepo({ location: remote.url, state: 'shared' });
    expect(await again.resolve()).toBe(last);
    expect(await again.fileText(last, 'environments/dev.yaml', 100)).toBe(pointer('v3'));
  });

  it('has git look hourly at whether it wants housekeeping', async () => {
    const { remote, clone } = await aRemote();
    let now = stillClock.now();
    const repo = await openRepo({ location: remote.url, clock: { ...stillClock, now: () => now } });
    const config = (name: string, value: string) =>
      clone.git('--git-dir', repo.gitDirectory, 'config', name, value);
    await config('maintenance.commit-graph.enabled', 'true');
    await config('maintenance.commit-graph.auto', '-1');
    await push(clone, 'v2');
    await repo.fetch();
    const written = () => readdir(join(repo.gitDirectory, 'objects/info/commit-graphs'));
    await expect(written()).rejects.toThrow('ENOENT');
    now += 60 * 60_000;
    const isWritten = () =>
      written().then(
        (names) => names.includes('commit-graph-chain'),
        () => false,
      );
    while (!(await isWritten())) await repo.fetch();
  });

  it('is made anew when an object that is read is damaged', async () => {
    const { remote, clone } = await aRemote();
    const repo = await openRepo({ location: remote.url });
    const next = await push(clone, 'v2');
    await repo.fetch();
    const blob = await clone.git('rev-parse', 'HEAD:environments/dev.yaml');
    const loose = join(repo.gitDirectory, 'objects', blob.slice(0, 2), blob.slice(2));
    const packs = join(repo.gitDirectory, 'objects/pack');
    for (const name of await readdir(packs)) await rm(join(packs, name));
    await chmod(loose, 0o644).then(
      () => writeFile(loose, 'x'),
      () => undefined,
    );
    await expect(repo.text(blob, 100)).rejects.toMatchObject({ code: 'git-corrupt' });
    await repo.fetch();
    expect(repo.rebuilds).toBe(1);
    expect(await repo.text(blob, 100)).toBe(pointer('v2'));
    expect(await repo.resolve()).toBe(next);
  });

  it('follows its branch beside one that is broken, and notices when its own is gone', async () => {
    const { remote, clone } = await aRemote();
    await clone.git('push', '-q', 'origin', 'HEAD:refs/heads/other');
    const repo = await openRepo({ location: remote.url });
    const next = await push(clone, 'v2');
    await writeFile(join(remote.directory, 'refs/heads/broken'), `${'1'.repeat(40)}\n`);
    await repo.fetch();
    expect(await repo.resolve()).toBe(next);
    // Another one that somebody asks for is fetched, too.
    const other = 'refs/heads/other';
    expect(await repo.readRef(other)).toBe(await remote.revision(other));
    await remote.git('update-ref', other, next);
    await repo.fetch();
    expect(await repo.readRef(other)).toBe(next);
    await remote.git('update-ref', '-d', other);
    await writeFile(join(remote.directory, other), `${'2'.repeat(40)}\n`);
    await expect(repo.fetch()).rejects.toMatchObject({
      code: 'git-unavailable',
      message: expect.stringContaining(`refs/heads/main is fetched, but ${other} is not`),
    });
    await rm(join(remote.directory, other));
    await rm(join(remote.directory, 'refs/heads/broken'));
    await remote.git('update-ref', '-d', 'refs/heads/main');
    await repo.fetch();
    await expect(repo.resolve()).rejects.toMatchObject({ code: 'git-ref' });
  });

  it.each([
    ['a page', '<!doctype html><p>Log in</p>\n'],
    ['nothing', ''],
  ])('keeps what it has when a proxy answers with %s', async (_name, body) => {
    const { remote } = await aRemote();
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    undo.push(() => new Promise((resolve) => server.close(resolve)));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const url = `http://127.0.0.1:${port}/repo.git`;
    // The same URL leads to the repository first, and to the proxy's page from then on.
    const environment = (isRedirected: boolean) => ({
      ...gitTestEnvironment,
      GIT_CONFIG_COUNT: isRedirected ? '1' : '0',
      GIT_CONFIG_KEY_0: `url.${remote.url}.insteadOf`,
      GIT_CONFIG_VALUE_0: url,
    });
    const first = await openRepo({ location: url, state: 'shared', environment: environment(true) });
    const revision = await first.resolve();
    await first.close();
    const repo = await openRepo({
      location: url,
      ref: 'main',
      state: 'shared',
      environment: environment(false),
    });
    await expect(repo.fetch()).rejects.toMatchObject({ code: 'git-unavailable' });
    expect(await repo.resolve()).toBe(revision);
  });
});
