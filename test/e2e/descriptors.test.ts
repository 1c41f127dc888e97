// A Hub that clients hold more connections to than the system gives it file descriptors: it goes on serving and following.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { aPointer } from '../support/documents/release.ts';
import { buildModule } from '../support/hub/built-module.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await createShop('pglite', { prod: 'migrated' });
});
afterAll(() => shop.close());

it('keeps some for git and its databases', async () => {
  const hub = await shop.startHub({ openFiles: 384, repo: `file://${shop.repo.directory}` });
  const sockets: Socket[] = [];
  for (let i = 0; i < 300; i += 1) {
    const socket = connect(hub.port, '127.0.0.1').on('error', () => socket.destroy());
    sockets.push(socket);
  }
  await Promise.all(sockets.filter(({ connecting }) => connecting).map((socket) => once(socket, 'connect')));
  const revision = await shop.repo.commit('promote(prod)', { 'environments/prod.yaml': aPointer('v1.0.1') });
  // Those beyond the limit were closed; the rest are held while the commit takes effect.
  await hub.eventually('connections are refused', async () => sockets.some((socket) => socket.closed));
  await hub.eventually('the commit is fetched', async () =>
    hub.stderr().includes(`"revision":"${revision}"`),
  );
  for (const socket of sockets) socket.destroy();
  // The Hub takes new connections when it has noticed that those are closed.
  await hub.eventually('connections are taken again', () =>
    hub.ask('/health/live').then(
      () => true,
      () => false,
    ),
  );
  await hub.untilServing('prod', 'v1.0.1', revision);
  expect(hub.stderr()).toContain('the limit on open files allows fewer connections');
  expect((await hub.call('prod', 'about', {}, 'support')).status).toBe(200);
  expect(await hub.stop()).toBe(0);
});

it('survives a git that cannot be started, wherever one is', async () => {
  const modules = await Promise.all(
    ['git/process/run-git.ts', 'git/objects/object-reader.ts', 'serving/compile/compiler-host.ts'].map(
      buildModule,
    ),
  );
  const [git, reader, host] = modules.map(({ url }) => JSON.stringify(url));
  const script = `
    import { closeSync, openSync } from 'node:fs';
    import { runGit } from ${git};
    import { ObjectReader } from ${reader};
    import { startProcess, startThread } from ${host};
    const command = { directory: '.', environment: { PATH: process.env.PATH }, args: ['--version'] };
    const reader = new ObjectReader({ gitDirectory: '.', environment: command.environment });
    const taken = [];
    try { for (;;) taken.push(openSync('/dev/null')); } catch {}
    const told = (promise) => promise.then(() => 'done', ({ code }) => code);
    const hosted = (start) => { const host = start(); host.post('next'); return new Promise((resolve) => host.listen({ take: () => resolve('took'), fail: (error) => resolve(error.constructor.name) })); };
    const answers = [await told(runGit(command)), await told(reader.inspect('0'.repeat(40))), await hosted(startProcess), await hosted(startThread)];
    taken.forEach((fd) => closeSync(fd));
    answers.push(await told(runGit(command)));
    console.log(answers.join(' '));
    process.exit(0);`;
  const run = promisify(execFile);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const node = `ulimit -n 64; exec "${process.execPath}" --input-type=module -e "$0"`;
  const { stdout } = await run('bash', ['-c', node, script], { cwd: root });
  await Promise.all(modules.map((one) => one.remove()));
  expect(stdout.trim()).toBe('overloaded overloaded HostKilled HostKilled done');
});
