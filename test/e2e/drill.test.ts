// A rollback drill over a running Hub: under load, and ended by `resume` after kill -9 at each of its steps.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLoad } from '../support/hub/constant-load.ts';
import { stk as stkCommand, type HubProcess, type StkResult } from '../support/hub/hub-process.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';
import { startTarget, type NotifyTarget } from '../support/notify/target.ts';

let shop: Shop;
let hub: HubProcess;
let target: NotifyTarget;
const init = ['migrations/0001_base.sql', 'migrations/0002_tier.sql'];
const database = { embedded: true, init };
beforeAll(async () => {
  const lastKnownGood = { for: '0s' };
  target = await startTarget();
  shop = await createShop('pglite', {
    project: {
      notify: [{ urlFrom: 'HOOK_URL', as: 'cloudevents', on: ['drill', 'drill-due'] }],
      environments: {
        dev: { database },
        staging: { database, lastKnownGood },
        prod: { database, from: 'staging', gates: { drilled: { drill: { maxAge: '7d' } } } },
      },
    },
  });
  hub = await shop.startHub({ env: { HOOK_URL: target.url } });
  await promote('v1.1.0');
});
afterAll(async () => {
  await shop?.close();
  await target?.close();
});

const stk = (...args: readonly string[]): Promise<StkResult> => shop.stk(hub, ...args);
const promote = async (release: string): Promise<void> => {
  const done = await stk('release', 'promote', '--to', 'staging', '--release-id', release);
  if (done.code !== 0) throw new Error(done.stderr);
};
const drills = async (): Promise<string[]> =>
  (await shop.repo.git('ls-tree', '-r', '--name-only', 'stk-records'))
    .split('\n')
    .filter((path) => path.includes('/drill/'));
const folder = 'docs/releases/rollback-drills';
/** The files of the newest commit of the records branch that adds a drill. */
const addedWithRecord = async (): Promise<string[]> =>
  (
    await shop.repo.git(
      'log',
      '-1',
      '--format=',
      '--name-only',
      'stk-records',
      '--',
      folder,
      ':(glob)**/drill/*',
    )
  )
    .split('\n')
    .filter((path) => path !== '')
    .sort();
const documents = async (): Promise<string[]> =>
  (await shop.repo.git('ls-tree', '-r', '--name-only', 'main', folder))
    .split('\n')
    .filter((path) => path !== '');

it('goes back and forward under load without a failed call, and writes document and record', async () => {
  expect(await stk('drill', 'due', '--json')).toMatchObject({
    json: { due: [{ environment: 'staging', release: 'v1.1.0' }] },
  });
  const load = startLoad({
    port: Number(new URL(hub.url).port),
    environment: 'staging',
    role: 'support',
    calls: [{ operation: 'about' }],
  });
  const run = await stk('drill', 'run', '--env', 'staging', '--json');
  const report = await load.stop();
  expect(run.stderr).toContain('staging goes back to v1.0.1');
  expect(run).toMatchObject({
    code: 0,
    json: { environment: 'staging', release: 'v1.1.0', to: 'v1.0.1', result: 'passed', problems: [] },
  });
  expect(report.failures).toEqual([]);
  expect(report.byRelease.get('v1.0.1') ?? 0).toBeGreaterThan(0);
  expect((await hub.status('staging')).serving?.release).toBe('v1.1.0');
  const [document = ''] = await documents();
  const text = await shop.repo.git('show', `main:${document}`);
  expect(text).toMatch(
    /^---\ndrill: \d{8}T\d{9}Z\nenvironment: staging\nrelease: v1\.1\.0\nto: v1\.0\.1\nresult: passed\n/,
  );
  expect(await addedWithRecord()).toEqual([document, ...(await drills())].sort());
  expect(await shop.repo.git('show', `stk-records:${document}`)).toBe(text);
  // No hold, and no incident.
  expect(await shop.repo.git('show', 'main:environments/staging.yaml')).not.toContain('hold');
  expect(await shop.repo.git('ls-tree', '--name-only', 'main')).not.toContain('incidents');
  expect(await stk('drill', 'due', '--json', '--exit-code')).toMatchObject({ code: 0, json: { due: [] } });
  const gates = await stk('release', 'gates', '--env', 'prod', '--release-id', 'v1.1.0', '--json');
  expect(gates.json).toMatchObject({
    gates: expect.arrayContaining([expect.objectContaining({ name: 'drilled', verdict: 'pass' })]),
  });
});

/** Holds a push of the drill at the remote, before or after the branch has moved, so that its sender can be killed there. */
const holdHook = `#!/bin/sh
at="$(dirname "$0")/kill-at"
[ -e "$at" ] || exit 0
while read -r old new ref; do
  case $ref in
    */stk-records) what=record ;;
    *) what=$(git log -1 --format=%B "$new" | sed -n 's/^Stk-Drill: [^ ]* \\([a-z]*\\).*/\\1/p; s/^drill(.*/document/p') ;;
  esac
  [ "$(basename "$0") $what" = "$(cat "$at")" ] || continue
  touch "$at.reached"
  while [ -e "$at" ]; do sleep 0.05; done
  exit 1
done
`;

it('that is killed at any step is told, and resume ends it: one document, one record', async () => {
  const hooks = join(shop.repo.directory, '.git', 'hooks');
  await shop.repo.git('config', 'receive.denyCurrentBranch', 'ignore');
  for (const name of ['pre-receive', 'post-receive'])
    await writeFile(join(hooks, name), holdHook, { mode: 0o755 });
  const clone = await shop.repo.clone();
  const env = { STK_HUB: hub.url };
  const inClone = (...args: readonly string[]): Promise<StkResult> =>
    stkCommand(args, { cwd: clone.directory, env });
  const killed = async (command: 'run' | 'resume', at: string): Promise<string> => {
    const kill = new AbortController();
    await writeFile(join(hooks, 'kill-at'), at);
    const ending = stkCommand(['drill', command, '--env', 'staging'], {
      cwd: clone.directory,
      env,
      kill: kill.signal,
    });
    await hub.eventually(`the drill is at: ${at}`, async () => existsSync(join(hooks, 'kill-at.reached')));
    kill.abort();
    const { code, stderr } = await ending;
    await rm(join(hooks, 'kill-at.reached'));
    await rm(join(hooks, 'kill-at'));
    expect(code).toBe(-1);
    return stderr;
  };
  const counts = async () => ({ documents: (await documents()).length, drills: (await drills()).length });
  const before = await counts();

  await killed('run', 'pre-receive back');
  expect((await hub.status('staging')).desired).toMatchObject({ release: 'v1.1.0' });
  await killed('run', 'post-receive back');
  await hub.untilServing('staging', 'v1.0.1');
  expect((await stk('status', '--env', 'staging')).stdout).toContain(
    'end it: stk drill resume --env staging',
  );
  const isBack = 'staging was rolled back to v1.0.1 and must still go forward to v1.1.0';
  expect(await killed('resume', 'pre-receive forward')).toContain(isBack);
  expect(await killed('resume', 'post-receive forward')).toContain(isBack);
  await hub.untilServing('staging', 'v1.1.0');
  const isForward = 'staging went forward to v1.1.0; its document and record may be missing';
  expect(await killed('resume', 'pre-receive document')).toContain(isForward);
  expect(await counts()).toEqual(before);
  expect(await killed('resume', 'post-receive document')).toContain(isForward);
  expect(await counts()).toEqual({ ...before, documents: before.documents + 1 });
  expect(await killed('resume', 'pre-receive record')).toContain(isForward);
  const due = await inClone('drill', 'due');
  expect(due.stdout).toMatch(/staging +v1\.1\.0 +stk drill resume --env staging/);
  expect(await killed('resume', 'post-receive record')).toContain(isForward);

  const ended = await inClone('drill', 'resume', '--env', 'staging', '--json');
  expect(ended).toMatchObject({ code: 0, json: { release: 'v1.1.0', to: 'v1.0.1', result: 'passed' } });
  expect(await counts()).toEqual({ documents: before.documents + 1, drills: before.drills + 1 });
  expect((await inClone('drill', 'due', '--json')).json).toMatchObject({ due: [] });
  const { document, record } = ended.json as { document: string; record: string };
  expect(await shop.repo.git('show', `stk-records:${record}`)).toContain(`document: ${document}`);
  expect(await addedWithRecord()).toEqual([document, record].sort());
  expect((await hub.status('staging')).desired).not.toHaveProperty('drill');
});

it('is told as due where a release is newly served, and as a drill once each', async () => {
  await target.until(4);
  expect(target.got.map(({ body }) => `${String(body['type'])} ${String(body['subject'])}`)).toEqual([
    'dev.stk.drill-due v1.0.1',
    'dev.stk.drill-due v1.1.0',
    'dev.stk.drill v1.0.1',
    'dev.stk.drill v1.0.1',
  ]);
});

it('needs to be meant where nothing comes after, and ends with 4 where there is nothing to go back to', async () => {
  expect(await stk('drill', 'run', '--env', 'prod')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--yes-really prod'),
  });
  expect(await stk('drill', 'run', '--env', 'prod', '--yes-really', 'prod')).toMatchObject({ code: 4 });
  expect(await stk('drill', 'resume', '--env', 'dev')).toMatchObject({ code: 4 });
});
