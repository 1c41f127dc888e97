// A remote that takes the connection and then says nothing: the Hub stops in time and leaves no process behind, and the
// command line says what it waits for.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { access, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { poll } from '../support/hub/hub-process.ts';
import { startInterruptible } from '../support/hub/interruptible-stk.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';

let shop: Shop;
let folder: string;
beforeAll(async () => {
  shop = await createShop('pglite', { prod: 'migrated' });
  folder = await mkdtemp(join(tmpdir(), 'stk-hang-'));
});
afterAll(async () => {
  await shop.close();
  await rm(folder, { recursive: true, force: true });
});

/** In the place of ssh: runs what git asks for, until `hang` is there; then it waits for ever. */
async function writeSsh(): Promise<string> {
  const path = join(folder, 'ssh');
  await writeFile(
    path,
    `#!/bin/sh\nif test -e ${folder}/hang; then echo $$ >> ${folder}/pids; sleep 600; exit 1; fi\nfor last; do :; done\neval "$last"\n`,
  );
  await chmod(path, 0o755);
  return path;
}

const pids = async (): Promise<number[]> => {
  const text = await readFile(join(folder, 'pids'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [Number(line)]));
};
const isAlive = (pid: number): Promise<boolean> =>
  access(`/proc/${pid}`).then(
    () => true,
    () => false,
  );

const allAreGone = async (): Promise<true | undefined> => {
  const alive = await Promise.all((await pids()).map(isAlive));
  return alive.includes(true) ? undefined : true;
};

it('does not keep the Hub from stopping, nor its helpers alive, and is said by the command line', async () => {
  if (process.platform !== 'linux') return;
  const env = { GIT_SSH_COMMAND: await writeSsh(), GIT_SSH_VARIANT: 'simple' };
  const repo = `ssh://git.example${shop.repo.directory}`;
  const hub = await shop.startHub({ repo, env });
  await writeFile(join(folder, 'hang'), '');
  await hub.eventually('a fetch hangs', async () => (await pids()).length > 0);
  const startedAt = performance.now();
  expect(await hub.stop()).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(await poll(5_000, allAreGone)).toBe(true);

  const clone = await shop.repo.clone();
  await clone.git('remote', 'set-url', 'origin', repo);
  const args = ['release', 'promote', '--to', 'prod', '--release-id', 'v1.0.1', '--no-check'];
  const stuck = startInterruptible(args, clone.directory, env);
  const isTold = (): true | undefined =>
    stuck.stderr().includes('waiting for origin (git fetch)') || undefined;
  expect(await poll(30_000, isTold)).toBe(true);
  stuck.interrupt();
  expect((await stuck.ended).code).toBe(130);
  expect(await poll(5_000, allAreGone)).toBe(true);
  await clone.remove();
});

it('does not keep a Hub from stopping that is still being started, with or without something on disk', async () => {
  if (process.platform !== 'linux') return;
  const env = { GIT_SSH_COMMAND: await writeSsh(), GIT_SSH_VARIANT: 'simple' };
  const repo = `ssh://git.example${shop.repo.directory}`;
  const known = join(folder, 'known');
  await rm(join(folder, 'hang'), { force: true });
  await (await shop.startHub({ repo, env, state: known })).stop();
  await writeFile(join(folder, 'hang'), '');
  for (const state of [known, join(folder, 'new')]) {
    await rm(join(folder, 'pids'), { force: true });
    const args = ['hub', '--repo', repo, '--listen', '127.0.0.1:0', '--state', state];
    const hub = startInterruptible(args, folder, env);
    const hangs = async (): Promise<true | undefined> => ((await pids()).length > 0 ? true : undefined);
    expect(await poll(30_000, hangs)).toBe(true);
    const startedAt = performance.now();
    hub.interrupt();
    expect((await hub.ended).code).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await poll(5_000, allAreGone)).toBe(true);
  }
});
