// Triggers in a running Hub, on a clock that the test moves: each fires on its fault and on nothing else, and what follows is
// one commit with all that the runbook asks for.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { PresentedTrigger } from '../../../src/reconciler/status/status.ts';
import { aMoment } from '../../support/clock.ts';
import { aConstantRelease, aPointer, aRelease } from '../../support/documents/release.ts';
import { eventsOn, to } from '../../support/reconciler/governed-rig.ts';
import { createMovedClock, type MovedClock } from '../../support/reconciler/moved-clock.ts';
import {
  closeRigCompiler,
  createRig,
  removeRigs,
  type Rig,
} from '../../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases, rigDatabase } from '../../support/reconciler/rig-databases.ts';
import { aRigProject } from '../../support/reconciler/rig-repo.ts';

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await removeRigs();
  for (const one of undo.splice(0)) await one();
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

/** Answers every request with what `answer` gives. */
async function aServer(answer: () => readonly [status: number, body: string]): Promise<string> {
  const server: Server = createServer((_, response) => {
    const [status, body] = answer();
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

interface WatchedRig {
  readonly rig: Rig;
  readonly clock: MovedClock;
  /** Time passes, ten seconds a look. */
  pass(seconds: number): Promise<void>;
  /** Time passes until the event is on the records branch. */
  untilWritten(event: string): Promise<void>;
  triggers(): readonly PresentedTrigger[];
  states(): Readonly<Record<string, string>>;
}

async function watch(
  prod: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string>> = {},
): Promise<WatchedRig> {
  const clock = createMovedClock();
  const environments = { prod: { database: rigDatabase('prod'), lastKnownGood: { for: '0s' }, ...prod } };
  const releases = ['v1', 'v2', 'v3'].map((id) => [`releases/${id}.yaml`, aConstantRelease(id)]);
  const rig = await createRig({
    clock,
    files: {
      'stk.yaml': aRigProject({ environments }),
      'environments/prod.yaml': aPointer('v1'),
      ...Object.fromEntries(releases),
      ...files,
    },
  });
  const { reconciler } = rig;
  const self: WatchedRig = {
    rig,
    clock,
    async pass(seconds) {
      for (let at = 0; at < seconds; at += 10) {
        const { rounds } = reconciler.acting.triggers;
        clock.advance(10_000);
        while (reconciler.acting.triggers.rounds === rounds) await aMoment();
        await reconciler.settled();
      }
    },
    async untilWritten(event) {
      while (!(await eventsOn(rig)).includes(event)) await self.pass(10);
    },
    triggers: () => reconciler.status('prod')?.triggers ?? [],
    states: () => Object.fromEntries(self.triggers().map(({ name, state }) => [name, state])),
  };
  return self;
}

const subjectOf = (rig: Rig): Promise<string> => rig.repo.git('log', '-1', '--format=%s', 'main');
const isCommitted = (rig: Rig): boolean =>
  rig.logged.some(({ message }) => message === 'the rollback is committed');

describe('a trigger', () => {
  it('rolls back to what is known to be good, with freeze, hold and incident in one commit, and says all of it', async () => {
    let broken: string | undefined;
    let served: () => string | undefined = () => undefined;
    const url = await aServer(() => [broken !== undefined && served() === broken ? 503 : 200, '{}']);
    const { rig, pass, states, clock, untilWritten } = await watch({
      smoke: [{ name: 'health', http: url }],
      triggers: { loop: { smoke: true, every: '10s', failingFor: '30s', do: 'rollback' } },
    });
    served = () => rig.served('prod');
    await pass(20);
    await rig.land('forward', to('prod', 'v2'));
    await pass(60);
    expect(states()).toEqual({ loop: 'quiet' });
    expect(rig.condition('prod', 'Triggered')).toMatchObject({ status: 'False', reason: 'NoTriggerFires' });
    expect(await rig.metrics()).not.toContain('stk_trigger{');
    broken = 'v2';
    await pass(20);
    expect(states()).toEqual({ loop: 'failing' });
    await pass(20);
    await rig.until(() => isCommitted(rig));
    await rig.reconciler.sync();
    await rig.reconciler.settled();
    expect(rig.served('prod')).toBe('v1');

    expect(await subjectOf(rig)).toBe('rollback(prod): v2 -> v1');
    const body = await rig.repo.git('log', '-1', '--format=%b', 'main');
    expect(body).toContain('Stk-Cause: trigger');
    expect(body).toContain('Stk-Trigger: loop');
    expect(body).toContain('The smoke test "health" failed');
    const changed = (await rig.repo.git('show', '--name-only', '--format=', 'main')).split('\n');
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    expect(changed.sort()).toEqual([
      'environments/prod.yaml',
      `freezes/prod-${day}-1-incident.yaml`,
      `incidents/${day}-prod-v2.md`,
    ]);
    expect(await rig.repo.git('show', `main:freezes/prod-${day}-1-incident.yaml`)).toMatch(
      /freeze: .*\nenvironments:\n {2}- prod\nreason: .*loop.*\nallow:\n {2}- hotfix/,
    );
    expect(await rig.repo.git('show', 'main:environments/prod.yaml')).toContain('hold:');
    expect(await rig.repo.git('show', `main:incidents/${day}-prod-v2.md`)).toContain('cause: trigger');
    await untilWritten('trigger-fired v2');
    const events = await eventsOn(rig);
    expect(events.filter((event) => event.startsWith('trigger'))).toEqual(['trigger-fired v2']);

    // A rollback is not rolled back, and what was rolled back is not served again before a person promotes it.
    broken = 'v1';
    await pass(60);
    expect(states()).toEqual({ loop: 'firing' });
    expect(rig.condition('prod', 'Triggered').message).toContain('a rollback is never rolled back');
    expect(rig.served('prod')).toBe('v1');
    expect(await subjectOf(rig)).toBe('rollback(prod): v2 -> v1');
  });

  it('fires on its fault and on nothing else, and ends when that is over', async () => {
    const root = await mkdtemp(join(tmpdir(), 'stk-files-'));
    undo.push(() => rm(root, { recursive: true, force: true }));
    await mkdir(join(root, 'agents'));
    await writeFile(join(root, 'agents', 'a.json'), '{}');
    let value = '0';
    const url = await aServer(() => [
      200,
      JSON.stringify({ data: { resultType: 'vector', result: [{ metric: {}, value: [1, value] }] } }),
    ]);
    const integrity = { sql: 'select count(*) from customers where id < 0', expect: 0, every: '10s' };
    const { rig, pass, states, triggers, untilWritten } = await watch(
      {
        files: { root },
        triggers: {
          rows: { integrity, do: 'alert' },
          files: { files: true, every: '10s', do: 'alert' },
          metric: { prometheus: { url, query: 'errors', above: 0.01, for: '20s' }, do: 'alert' },
          down: { unhealthyFor: '20s', do: 'alert' },
          other: { integrity: { ...integrity, sql: 'select count(*) from nothing' }, do: 'rollback' },
        },
      },
      {
        'releases/v1.yaml': aRelease({
          release: 'v1',
          schema: undefined,
          config: { release: 'v1' },
          operations: { about: { value: {} } },
          files: [{ glob: 'agents/*.json', schema: { type: 'object' } }],
        }),
      },
    );
    const quiet = { rows: 'quiet', files: 'quiet', metric: 'quiet', down: 'quiet', other: 'error' };
    await pass(10);
    expect(states()).toEqual(quiet);
    expect(rig.condition('prod', 'Triggered')).toMatchObject({ status: 'Unknown', reason: 'QuestionFailed' });

    await rig.databases.sql('prod', `insert into customers values (-1, 'x@example.com')`);
    await pass(20);
    expect(states()).toEqual({ ...quiet, rows: 'firing' });
    expect(triggers()[0]?.sentence).toBe('The statement gives 1, and 0 is expected. It only alerts.');
    await rig.databases.sql('prod', 'delete from customers where id < 0');

    await writeFile(join(root, 'agents', 'a.json'), '[]');
    await pass(20);
    expect(states()).toEqual({ ...quiet, files: 'firing' });
    await writeFile(join(root, 'agents', 'a.json'), '{}');

    value = '0.5';
    await pass(10);
    expect(states()).toEqual({ ...quiet, metric: 'failing' });
    await pass(20);
    expect(states()).toEqual({ ...quiet, metric: 'firing' });
    value = '0';
    await pass(10);
    expect(states()).toEqual(quiet);
    await untilWritten('trigger-ended v1');
    const told = (await eventsOn(rig)).filter((event) => event.startsWith('trigger'));
    expect(told.filter((event) => event === 'trigger-error v1')).toHaveLength(1);
    expect(told.filter((event) => event === 'trigger-fired v1')).toHaveLength(3);

    await rig.databases.cut('prod');
    while (states()['down'] !== 'firing') await pass(10);
    expect(states()).toMatchObject({ files: 'quiet', metric: 'quiet' });
    const down = triggers().find(({ name }) => name === 'down');
    expect(down?.sentence).toBe('Its database does not answer. It only alerts.');
    await rig.databases.restore('prod');
    while (states()['down'] !== 'quiet') await pass(10);
    expect(states()).toEqual(quiet);
  });

  it('freezes where no release fits, and says what would have to change; while everything is halted it only alerts', async () => {
    const integrity = { sql: 'select count(*) from customers where id < 0', expect: 0, every: '10s' };
    const { rig, pass, triggers } = await watch({ triggers: { rows: { integrity, do: 'rollback' } } });
    await rig.land('halt', { 'freezes/halt.yaml': 'freeze: halt\nreason: fire\n' });
    await rig.databases.sql('prod', `insert into customers values (-1, 'x@example.com')`);
    await pass(20);
    expect(triggers()).toMatchObject([{ state: 'firing' }]);
    expect(triggers()[0]?.sentence).toContain('halted');
    const tip = await rig.land('unhalt', { 'freezes/halt.yaml': undefined });
    await pass(10);
    expect(rig.logged.some(({ message }) => message === 'a trigger has frozen the environment')).toBe(true);
    expect(await subjectOf(rig)).toMatch(/^freeze\(prod-.*-1-incident\): Trigger rows: /);
    await pass(20);
    expect(await rig.repo.git('rev-parse', 'main~1')).toBe(tip);
    expect(triggers()[0]?.sentence).toContain('frozen already');
    expect(rig.served('prod')).toBe('v1');
  });

  it('goes back from what another Hub has activated and told first, as from its own promotion', async () => {
    const integrity = { sql: 'select count(*) from customers where id < 0', expect: 0, every: '10s' };
    const { rig, pass, clock, untilWritten } = await watch({
      triggers: { rows: { integrity, do: 'rollback' } },
    });
    let other = await rig.another({ clock });
    await other.stop();
    await pass(10);
    await rig.land('forward', to('prod', 'v2'));
    await untilWritten('activated v2');
    await rig.stop();
    other = await other.restart({ clock });
    expect(other.served('prod')).toBe('v2');
    await rig.databases.sql('prod', `insert into customers values (-1, 'x@example.com')`);
    while (other.served('prod') !== 'v1') {
      clock.advance(10_000);
      await other.reconciler.sync();
      await other.reconciler.settled();
    }
    expect(await subjectOf(rig)).toBe('rollback(prod): v2 -> v1');
  });
});
