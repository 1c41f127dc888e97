// What was decided holds whatever goes away: records, state, other Hubs, the environment's own line in stk.yaml. Nothing lets a
// release skip gates, nothing blocks a rollback, and each event is written once.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { cpSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { addHubGauges } from '../../src/hub/hub-gauges.ts';
import { openConfigRepo } from '../../src/git/open-config-repo.ts';
import { parsePointer } from '../../src/documents/parse-pointer.ts';
import { aPointer } from '../support/documents/release.ts';
import { createTestRepo, gitTestEnvironment } from '../support/git/git-repo.ts';
import { branch } from '../support/git/records-repo.ts';
import { createMovedClock } from '../support/moved-clock.ts';
import {
  aGovernedRepo,
  approve,
  eventsOn,
  governed,
  passCi,
  to,
} from '../support/reconciler/governed-rig.ts';
import { closeRigCompiler, createRig, removeRigs, type Rig } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../support/reconciler/rig-databases.ts';

const folders: string[] = [];
const removing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await removeRigs();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  for (const remove of removing.splice(0)) await remove();
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

const { dev, prod } = governed.environments;
const project = (environments: object, parts: object = {}): Record<string, string> => ({
  'stk.yaml': aGovernedRepo({ environments, ...parts })['stk.yaml'] ?? '',
});
const admitted = (rig: Rig, environment = 'prod'): string => rig.condition(environment, 'Admitted').reason;
const messageOf = (rig: Rig): string => rig.condition('prod', 'Admitted').message;
const serves = (rig: Rig, release: string) => rig.until(() => rig.served('prod') === release);
const pointer = (rig: Rig): Promise<string> => rig.repo.git('show', 'main:environments/prod.yaml');

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** In the order of their time; until there are the last of them. */
async function told(rig: Rig, ...last: readonly string[]): Promise<readonly string[]> {
  await until(async () => {
    const events = await eventsOn(rig);
    return last.every((event) => events.includes(event));
  });
  return eventsOn(rig);
}

/** prod serves `release`, by the normal path. */
async function promote(rig: Rig, release: string): Promise<void> {
  await rig.land(`to ${release}`, { ...to('dev', release), ...to('prod', release) });
  await passCi(rig, release);
  await approve(rig, release, 'rev@example.com');
  await rig.reconciler.sync();
  await serves(rig, release);
}

describe('a rollback', () => {
  it('needs neither records nor memory nor the Hub of from, on the day on which gates come, in a freeze', async () => {
    const rig = await createRig({
      files: { ...aGovernedRepo(), ...project({ dev, prod: { database: prod.database } }) },
    });
    await rig.land('v2', to('prod', 'v2'));
    const away = { ...dev, hub: 'http://127.0.0.1:9' };
    await rig.stop();
    const alone = await rig.restart({ only: ['prod'] });
    await alone.land('gates, and a freeze', {
      ...project({ dev: away, prod }),
      'freezes/fair.yaml': 'freeze: fair\nreason: fair\n',
    });
    await alone.land('v3', to('prod', 'v3'));
    expect([alone.served('prod'), admitted(alone)]).toEqual(['v2', 'Frozen']);
    expect(messageOf(alone)).toMatch(/Frozen by fair .*3 gates not passed yet\. from: .*did not answer/);
    await alone.stop();
    await rm(alone.stateDirectory, { recursive: true, force: true });
    for (const ref of [`refs/heads/${branch}`, `refs/stk/records/${branch}`])
      await alone.repo.git('update-ref', '-d', ref);
    const bare = await alone.restart({ only: ['prod'] });
    expect([bare.served('prod'), admitted(bare)]).toEqual([undefined, 'Frozen']);
    await bare.land('back', to('prod', 'v1'));
    expect(bare.served('prod')).toBe('v1');
  });

  it('a promotion and a hotfix are taken back by git revert, with the keys that they wrote', async () => {
    const rig = await createRig({ files: aGovernedRepo() });
    await promote(rig, 'v2');
    const revert = async (): Promise<string> => {
      await rig.repo.git('revert', '--no-edit', 'HEAD');
      await rig.reconciler.sync();
      await rig.reconciler.settled();
      return `${rig.served('prod')} ${(await pointer(rig)).replaceAll(/\s+/g, ' ')}`;
    };
    expect(await revert()).toBe('v1 release: v1');
    // It ran before: no gate is asked again.
    await rig.land(
      'no more approvals',
      project({ dev, prod: { ...prod, gates: { x: { check: 'never' } } } }),
    );
    await rig.repo.git('revert', '--no-edit', 'HEAD~1');
    await rig.reconciler.sync();
    await serves(rig, 'v2');
    await rig.land('rollback', { 'environments/prod.yaml': `${aPointer('v1')}hold: { reason: slow }\n` });
    expect(rig.served('prod')).toBe('v1');
    expect(await revert()).toBe('v2 release: v2');
    await rig.land('gates again', project({ dev, prod }));
    const moved = await rig.land('orders are lost', {
      'environments/prod.yaml': `${aPointer('v3')}hotfix: { reason: orders are lost }\n`,
    });
    await passCi(rig, 'v3');
    for (const by of ['ada@example.com', 'grace@example.com'])
      await approve(rig, 'v3', by, { hotfix: moved });
    await rig.reconciler.sync();
    await serves(rig, 'v3');
    // What it skipped is debt, and evidence closes it piece by piece.
    const debt = (): string => (rig.reconciler.status('prod')?.debt ?? []).map(({ gate }) => gate).join(' ');
    await rig.until(() => debt() === 'from review');
    expect(rig.reconciler.status('prod')?.debt).toMatchObject([
      { overdue: false, help: 'stk release promote --to dev --release-id v3' },
      { overdue: false, help: 'stk approve --release v3 --env prod' },
    ]);
    const metrics = new Registry();
    addHubGauges(metrics, () => ({
      state: rig.reconciler,
      version: '1',
      connections: () => ({ open: 0, most: 0 }),
    }));
    const owed = async (): Promise<unknown> =>
      (await metrics.getSingleMetric('stk_hotfix_debt')?.get())?.values;
    const series = (state: string, value: number) => ({ labels: { environment: 'prod', state }, value });
    expect(await owed()).toEqual([series('open', 2), series('overdue', 0)]);
    await rig.land('dev too', to('dev', 'v3'));
    await rig.until(() => debt() === 'review');
    expect(await owed()).toEqual([series('open', 1), series('overdue', 0)]);
    await approve(rig, 'v3', 'rev@example.com');
    await rig.reconciler.sync();
    await rig.until(() => debt() === '');
    await rig.repo.git('revert', '--no-edit', 'HEAD~1');
    await rig.reconciler.sync();
    await serves(rig, 'v2');
    expect(await pointer(rig)).toBe('release: v2');
    expect(await revert()).toBe('v3 release: v3 hotfix: { reason: orders are lost }');
  });
});

describe('an environment', () => {
  it('that comes back under its name keeps what ran there, and its gates; a renamed one is new', async () => {
    const rig = await createRig({ files: aGovernedRepo() });
    await promote(rig, 'v2');
    await rig.land('removed', { ...project({ dev }) });
    await rig.land('v3 meanwhile', to('prod', 'v3'));
    await rig.land('back again', { ...project({ dev, prod }) });
    await rig.until(() => admitted(rig) === 'GatePending');
    expect(rig.served('prod')).toBe('v2');
    await rig.land('to v1', to('prod', 'v1'));
    expect(rig.served('prod')).toBe('v1');
    await rig.land('renamed', project({ dev, live: prod }));
    await rig.land('its first pointer', to('live', 'v2'));
    await rig.until(() => admitted(rig, 'live') === 'GatePending');
    expect([rig.served('live'), rig.served('prod')]).toEqual([undefined, 'v1']);
  });

  it('that gets a newer waiting pointer goes on soaking what it serves', async () => {
    const clock = createMovedClock();
    const gates = { soak: { soak: '1m' } };
    const files = {
      ...aGovernedRepo(),
      ...project({ dev: { ...dev, gates: { ci: { check: 'ci' } } }, prod: { ...prod, gates } }),
      ...to('dev', 'v2'),
    };
    const rig = await createRig({ files, clock });
    await rig.land('v2', to('prod', 'v2'));
    expect([rig.served('prod'), messageOf(rig)]).toEqual([
      'v1',
      expect.stringMatching(/^1 gate not passed yet\. soak: /),
    ]);
    /** The Hub has noted how its environments are. */
    const noted = async (): Promise<boolean> => {
      const text = await readFile(join(rig.stateDirectory, 'health.json'), 'utf8');
      return (
        Math.max(...[...text.matchAll(/"seen":(\d+)/g)].map(([, seen]) => Number(seen))) > clock.now() - 9_000
      );
    };
    for (let seconds = 10; seconds <= 60; seconds += 10) {
      if (seconds === 30) await rig.land('v3 waits in dev', to('dev', 'v3'));
      clock.move(10_000);
      await until(noted);
    }
    expect([rig.served('dev'), admitted(rig, 'dev')]).toEqual(['v2', 'GatePending']);
    await serves(rig, 'v2');
  });
});

describe('events', () => {
  it('of two Hubs on one environment are written once, and by the other when one goes', async () => {
    const clock = createMovedClock();
    const rig = await createRig({ files: aGovernedRepo() });
    const other = await rig.another({ clock });
    await promote(rig, 'v2');
    await other.reconciler.sync();
    await serves(other, 'v2');
    const before = ['admitted v1', 'activated v1', 'waiting v2', 'admitted v2', 'activated v2'];
    expect(await told(rig, 'activated v2')).toEqual(before);
    await rig.stop();
    // The lock is asked for every ten seconds.
    clock.move(10_000);
    await other.land('v1', to('prod', 'v1'));
    expect(other.served('prod')).toBe('v1');
    clock.move(10_000);
    const after = await told(other, 'activated v1', 'admitted v2');
    await until(async () => (await eventsOn(other)).length === before.length + 2);
    expect(after.slice(0, before.length)).toEqual(before);
  });

  it('are neither lost nor written twice by a kill between the decision and the swap', async () => {
    const killed = await mkdtemp(join(tmpdir(), 'stk-killed-'));
    folders.push(killed);
    let isWatched = false;
    const rig = await createRig({
      files: aGovernedRepo(),
      beforeSwap: (check) => {
        // What is on the disk right before the swap is what a kill leaves.
        if (isWatched && check === 'prod/v2') cpSync(rig.stateDirectory, killed, { recursive: true });
      },
    });
    await told(rig, 'activated v1');
    isWatched = true;
    const tip = await rig.repo.revision(branch);
    await promote(rig, 'v2');
    await rig.stop();
    // As if nothing of it had reached the branch.
    await rig.repo.git('update-ref', `refs/heads/${branch}`, tip);
    await rig.repo.git('update-ref', '-d', `refs/stk/records/${branch}`);
    const again = await rig.another({ state: killed });
    await passCi(again, 'v2');
    await approve(again, 'v2', 'rev@example.com');
    await again.reconciler.sync();
    await serves(again, 'v2');
    const events = await told(again, 'activated v2', 'admitted v2', 'waiting v2');
    expect([...events].sort()).toEqual(
      ['activated v1', 'activated v2', 'admitted v1', 'admitted v2', 'waiting v2'].sort(),
    );
  });

  it('wait while the records branch cannot be written, hold up no rollback, and arrive later', async () => {
    const origin = await createTestRepo({ bare: true, files: aGovernedRepo() });
    removing.push(() => origin.remove());
    const clone = await origin.clone();
    const hook = join(origin.directory, 'hooks/update');
    await writeFile(hook, `#!/bin/sh\n[ "$1" != refs/heads/${branch} ]\n`, { mode: 0o755 });
    const state = await mkdtemp(join(tmpdir(), 'stk-mirror-'));
    folders.push(state);
    const clock = createMovedClock();
    const openRepo = () =>
      openConfigRepo({
        location: origin.url,
        stateDirectory: state,
        environment: gitTestEnvironment,
        clock,
        readPointer: (text) => {
          const parsed = parsePointer(text, { file: 'pointer' });
          return parsed.ok ? parsed.value.release : undefined;
        },
      });
    const rig = await createRig({ openRepo, clock });
    const writable = () => rig.condition('prod', 'RecordsWritable').reason;
    const push = async (files: Readonly<Record<string, string>>): Promise<void> => {
      await clone.commit('move', files);
      await clone.git('push', '--quiet', 'origin', 'main');
      await rig.reconciler.sync();
      await rig.reconciler.settled();
    };
    await rig.until(() => writable() === 'EventsWait');
    await push(project({ dev, prod: { database: prod.database } }));
    await push(to('prod', 'v2'));
    await push(project({ dev, prod }));
    await push(to('prod', 'v3'));
    expect([rig.served('prod'), admitted(rig), writable()]).toEqual(['v2', 'GatePending', 'EventsWait']);
    await push(to('prod', 'v1'));
    expect(rig.served('prod')).toBe('v1');
    await rm(hook);
    await until(() => {
      clock.move(5_000);
      return Promise.resolve(writable() === 'Written');
    });
    const ofProd = async (): Promise<readonly string[]> => {
      const paths = (await origin.git('ls-tree', '-r', '--name-only', branch)).split('\n');
      const words = await Promise.all(
        paths
          .filter((path) => path.includes('/event/'))
          .map(async (path) => {
            const text = await origin.git('show', `${branch}:${path}`);
            return ['environment', 'event', 'release']
              .map((key) => new RegExp(`^${key}: (\\S+)`, 'm').exec(text)?.[1])
              .join(' ');
          }),
      );
      // The clock went ahead: nobody saw how the environment was meanwhile.
      return words.filter((word) => /^prod (?!(un)?healthy)/.test(word)).sort();
    };
    const all = [
      'activated v1',
      'activated v1',
      'activated v2',
      'admitted v1',
      'admitted v1',
      'admitted v2',
      'waiting v3',
    ].map((word) => `prod ${word}`);
    // Written is said of each commit, and what was told meanwhile is in the next one.
    await until(async () => (await ofProd()).length >= all.length);
    expect(await ofProd()).toEqual(all);
  });
});
