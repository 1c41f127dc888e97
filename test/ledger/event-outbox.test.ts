// The Hub's events reach the records branch once: they are on the disk before the act, survive a crash, wait for a remote
// that cannot be reached, and are written at most once a second.
import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigRepo } from '../../src/git/config-repo.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { StkError } from '../../src/kernel/errors.ts';
import { EventOutbox, type OutboxState } from '../../src/ledger/event-outbox.ts';
import type { RecordFile } from '../../src/documents/record/format-record.ts';
import { createHubWriter, type RecordsWriter } from '../../src/ledger/records/write-records.ts';
import { closeOpened, openRepo } from '../support/git/git-config-repo.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { anEvent, branch, hubMail, now } from '../support/git/records-repo.ts';

const repos: TestRepo[] = [];
const folders: string[] = [];
const outboxes: EventOutbox[] = [];
afterEach(async () => {
  await Promise.all(outboxes.splice(0).map((outbox) => outbox.close()));
  await closeOpened();
  await Promise.all(repos.splice(0).map((repo) => repo.remove()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

interface Rig {
  readonly source: TestRepo;
  readonly repo: ConfigRepo;
  readonly directory: string;
  readonly states: OutboxState[];
  /** What was slept, in milliseconds. */
  readonly slept: number[];
  open(writer?: RecordsWriter, onHappened?: (file: RecordFile) => Promise<void>): Promise<EventOutbox>;
}

async function aRig(): Promise<Rig> {
  const source = await createTestRepo({ bare: true, files: { 'stk.yaml': 'project: x\n' } });
  repos.push(source);
  const repo = await openRepo({ location: source.directory });
  const directory = await mkdtemp(join(tmpdir(), 'stk-outbox-'));
  folders.push(directory);
  const states: OutboxState[] = [];
  const slept: number[] = [];
  let time = now;
  const clock: Clock = {
    now: () => time,
    sleep: async (ms) => {
      slept.push(ms);
      time += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    random: () => 0.5,
  };
  const toBranch = createHubWriter(repo, () => ({ branch, author: { name: 'stk hub', email: hubMail } }));
  return {
    source,
    repo,
    directory,
    states,
    slept,
    async open(writer = toBranch, onHappened = () => Promise.resolve()) {
      const outbox = await EventOutbox.open({
        directory,
        writer,
        clock,
        onState: (state) => states.push(state),
        onHappened,
      });
      outboxes.push(outbox);
      return outbox;
    },
  };
}

const unreachable: RecordsWriter = {
  write: () => Promise.reject(new StkError('git-unavailable', 'the remote is unreachable')),
};

const filesOn = async ({ source }: Rig): Promise<string[]> =>
  (await source.git('ls-tree', '-r', '--name-only', branch)).split('\n');

describe('the outbox', () => {
  it('writes an event under the name that it got when it was put, and forgets it then', async () => {
    const rig = await aRig();
    const outbox = await rig.open();
    const { path, text } = await outbox.put(anEvent());
    await outbox.settled();
    expect(await filesOn(rig)).toEqual([path]);
    expect(`${await rig.source.git('show', `${branch}:${path}`)}\n`).toBe(text);
    expect(await readdir(rig.directory)).toEqual([]);
    expect(await rig.source.git('log', '-1', '--format=%ae %s', branch)).toBe(
      'stk-hub@localhost record(v1): event activated in dev',
    );
  });

  it('has an event on the disk when put returns, and a later process writes it, once', async () => {
    const rig = await aRig();
    const killed = await rig.open(unreachable);
    killed.hold(true);
    const { path } = await killed.put(anEvent());
    expect(await readdir(rig.directory)).toHaveLength(1);
    await killed.close();
    const next = await rig.open();
    await next.settled();
    expect(await filesOn(rig)).toEqual([path]);
  });

  it('is done with an event that is on the branch already: killed between commit and deletion', async () => {
    const rig = await aRig();
    const outbox = await rig.open({ write: () => new Promise(() => undefined) });
    const file = await outbox.put(anEvent());
    const toBranch = createHubWriter(rig.repo, () => ({
      branch,
      author: { name: 'stk hub', email: hubMail },
    }));
    await toBranch.write([file]);
    outboxes.length = 0;
    const next = await rig.open();
    await next.settled();
    expect(await rig.source.git('rev-list', '--count', branch)).toBe('1');
    expect(await readdir(rig.directory)).toEqual([]);
  });

  it('tells that it waits while the branch cannot be written, and writes all of it in one commit later', async () => {
    const rig = await aRig();
    let isReachable = false;
    const toBranch = createHubWriter(rig.repo, () => ({
      branch,
      author: { name: 'stk hub', email: hubMail },
    }));
    const writer: RecordsWriter = {
      write: (files) => (isReachable ? toBranch.write(files) : unreachable.write(files)),
    };
    const outbox = await rig.open(writer);
    outbox.hold(true);
    for (const at of [now, now + 1, now + 2]) await outbox.put(anEvent({ at, since: at }));
    outbox.hold(false);
    while (rig.states.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(rig.states).toEqual([{ kind: 'waiting', events: 3, problem: 'the remote is unreachable' }]);
    isReachable = true;
    await outbox.settled();
    expect(rig.states.at(-1)).toEqual({ kind: 'writable' });
    expect(await filesOn(rig)).toHaveLength(3);
    expect(await rig.source.git('rev-list', '--count', branch)).toBe('1');
  });

  it('commits the first at once, then at most once a second', async () => {
    const rig = await aRig();
    const outbox = await rig.open();
    await outbox.put(anEvent());
    await outbox.settled();
    expect(rig.slept).toEqual([]);
    await outbox.put(anEvent({ event: 'healthy' }));
    await outbox.settled();
    expect(rig.slept).toEqual([1000]);
  });

  it('hands over what has happened, also after a crash, and keeps it until it was taken over', async () => {
    const rig = await aRig();
    const handed: string[] = [];
    const killed = await rig.open(unreachable, async ({ path }) => void handed.push(path));
    killed.hold(true);
    const prepared = await killed.prepare(anEvent({ event: 'refused' }));
    expect(handed).toEqual([]);
    killed.release(prepared);
    const { path } = await killed.put(anEvent());
    expect(handed).toEqual([prepared.path, path]);
    await killed.close();
    let take = (): void => undefined;
    const taken = new Promise<void>((resolve) => (take = resolve));
    const next = await rig.open(undefined, async (file) => {
      handed.push(file.path);
      await taken;
    });
    expect(handed.slice(2)).toEqual([path]);
    // Whoever prepared it finds out after the start whether it has happened.
    for (const file of next.prepared) next.release(file);
    expect(handed.slice(2).sort()).toEqual([prepared.path, path].sort());
    while ((await rig.source.tryGit('rev-parse', '--verify', branch)).exitCode !== 0)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await readdir(rig.directory)).toHaveLength(2);
    take();
    await next.settled();
    expect(await readdir(rig.directory)).toEqual([]);
  });

  it('takes an event of the same environment, revision, word and since once', async () => {
    const rig = await aRig();
    const outbox = await rig.open();
    outbox.hold(true);
    const first = await outbox.put(anEvent());
    expect(await outbox.put(anEvent({ at: now + 5 }))).toEqual(first);
    expect(outbox.pending).toHaveLength(1);
  });
});
