// Messages on their way to real HTTP servers: a target that is slow, down, broken or wrong holds up nobody, loses nothing
// within the hour, and gets nothing twice that it acknowledged. Its URL is told to nobody.
import { afterEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../../src/kernel/clock.ts';
import type { NotifySetting } from '../../src/model/pipeline/notify.ts';
import { messageOfEvent } from '../../src/notify/message.ts';
import { Notifier } from '../../src/notify/notifier.ts';
import { anEvent, filed, now } from '../support/git/records-repo.ts';
import { startTarget, type NotifyTarget } from '../support/notify/target.ts';

const folders: string[] = [];
const notifiers: Notifier[] = [];
const targets: NotifyTarget[] = [];
afterEach(async () => {
  await Promise.all(notifiers.splice(0).map((notifier) => notifier.close()));
  await Promise.all(targets.splice(0).map((target) => target.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function aTarget(options: Parameters<typeof startTarget>[0] = {}): Promise<NotifyTarget> {
  const target = await startTarget(options);
  targets.push(target);
  return target;
}

interface Rig {
  readonly directory: string;
  readonly variables: Record<string, string>;
  readonly notify: NotifySetting[];
  readonly logged: unknown[];
  readonly slept: number[];
  readonly time: { now: number };
  open(): Notifier;
}

async function aRig(variables: Record<string, string>): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'stk-notify-'));
  folders.push(directory);
  const logged: unknown[] = [];
  const slept: number[] = [];
  const time = { now };
  const clock: Clock = {
    now: () => time.now,
    sleep: async (ms) => {
      slept.push(ms);
      time.now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    random: () => 0.5,
  };
  const note = (fields: object, message: string): void => void logged.push({ ...fields, message });
  const rig: Rig = {
    directory: join(directory, 'notify'),
    variables,
    notify: Object.keys(variables).map((urlFrom) => ({
      urlFrom,
      as: 'cloudevents',
      on: ['activated', 'refused', 'rolled-back'],
      environments: undefined,
    })),
    logged,
    slept,
    time,
    open() {
      const notifier = new Notifier({
        stateDirectory: directory,
        clock,
        log: { warn: note, error: note },
        project: () => ({ project: 'shop', notify: rig.notify }),
        secret: (name) => variables[name],
      });
      notifiers.push(notifier);
      return notifier;
    },
  };
  return rig;
}

const told = (parts: Parameters<typeof anEvent>[0] = {}) => {
  const event = anEvent(parts);
  return messageOfEvent(event, { path: filed(event).path, word: 'activated' });
};

describe('a notification', () => {
  it('is a CloudEvent with the id of the event, and is sent once, whatever is started again', async () => {
    const target = await aTarget();
    const rig = await aRig({ HOOK: target.url });
    const first = rig.open();
    const message = told();
    await first.notify(message);
    await first.notify(message);
    await first.settled();
    await first.close();
    const second = rig.open();
    await second.notify(message);
    await second.settled();
    expect(target.got).toEqual([
      {
        path: '/hooks/T0/secret-path',
        contentType: 'application/cloudevents+json; charset=utf-8',
        body: {
          specversion: '1.0',
          id: message.id,
          source: '/api/v1/projects/shop/environments/dev',
          type: 'dev.stk.activated',
          subject: 'v1',
          time: '2026-11-21T08:00:00.000Z',
          datacontenttype: 'application/json',
          data: expect.objectContaining({
            record: 'event',
            event: 'activated',
            at: '2026-11-21T08:00:00.000Z',
          }),
        },
      },
    ]);
    expect(message.id).toMatch(/^20261121T080000\.000Z-[0-9a-f]{8}$/);
    expect(second.list()).toEqual({ waiting: [], dead: [] });
  });

  it('is one text for Slack, in which nothing is a link or a mention', async () => {
    const target = await aTarget();
    const rig = await aRig({ HOOK: target.url });
    rig.notify.splice(0, 1, { urlFrom: 'HOOK', as: 'slack', on: ['activated'], environments: ['dev'] });
    const notifier = rig.open();
    await notifier.notify(told({ actor: '<!channel> & co' }));
    await notifier.notify(told({ environment: 'prod' }));
    await notifier.settled();
    expect(target.got.map(({ body }) => body)).toEqual([
      { text: 'dev: v1 is served (promotion by &lt;!channel&gt; &amp; co)' },
    ]);
  });

  it('is tried again after 1 s when it was answered 500, and then with 200 not again', async () => {
    const target = await aTarget();
    target.answers.push(500);
    const rig = await aRig({ HOOK: target.url });
    const notifier = rig.open();
    await notifier.notify(told());
    await notifier.settled();
    expect(target.got).toHaveLength(2);
    expect(target.got[0]).toEqual(target.got[1]);
    expect(rig.slept).toEqual([1000]);
    expect(rig.logged).toEqual([expect.objectContaining({ variable: 'HOOK', problem: 'it answered 500' })]);
  });

  it('of a target that is down for less than an hour arrives when it is back', async () => {
    const gone = await startTarget();
    await gone.close();
    const rig = await aRig({ HOOK: gone.url });
    const notifier = rig.open();
    await notifier.notify(told());
    while (rig.time.now < now + 3_000_000) await new Promise((resolve) => setImmediate(resolve));
    const port = Number(new URL(gone.url).port);
    const back = await aTarget({ port });
    await back.until(1);
    await notifier.settled();
    expect(back.got).toHaveLength(1);
    expect(notifier.list()).toEqual({ waiting: [], dead: [] });
  });

  it('is given up after an hour and kept, until somebody has it sent again', async () => {
    const target = await aTarget();
    target.answers.push(...Array.from({ length: 50 }, () => 302));
    const rig = await aRig({ HOOK: target.url });
    const notifier = rig.open();
    const message = told();
    await notifier.notify(message);
    await notifier.settled();
    expect(rig.slept.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(rig.time.now).toBe(now + 3_600_000);
    // No redirect is followed.
    expect(new Set(target.got.map(({ path }) => path))).toEqual(new Set(['/hooks/T0/secret-path']));
    const dead = { id: message.id, word: 'activated', environment: 'dev', release: 'v1', urlFrom: 'HOOK' };
    const problem = 'it answered 302, and redirects are not followed';
    expect(notifier.list()).toEqual({ waiting: [], dead: [expect.objectContaining({ ...dead, problem })] });
    await notifier.close();

    target.answers.length = 0;
    const before = target.got.length;
    const next = rig.open();
    await next.open();
    expect(next.list().dead).toHaveLength(1);
    expect(await next.retry('another')).toEqual([]);
    expect(await next.retry(message.id)).toHaveLength(1);
    await next.settled();
    expect(target.got.slice(before).map(({ body }) => body['id'])).toEqual([message.id]);
    expect(next.list()).toEqual({ waiting: [], dead: [] });
  });

  it('waits for no other target: one that never answers holds up nobody', async () => {
    const slow = await aTarget();
    slow.answers.push(0);
    const fast = await aTarget();
    const rig = await aRig({ SLOW: slow.url, FAST: fast.url });
    const notifier = rig.open();
    await notifier.notify(told());
    await notifier.notify(told({ event: 'refused', release: 'v2' }));
    await slow.until(1);
    expect(await fast.until(2)).toHaveLength(2);
    const waiting = (): string[] => notifier.list().waiting.map(({ urlFrom }) => urlFrom);
    while (waiting().includes('FAST')) await new Promise((resolve) => setImmediate(resolve));
    expect(waiting()).toEqual(['SLOW', 'SLOW']);
    await notifier.close();
    // A kill before the answer: the next process sends it with the same id.
    const next = rig.open();
    await next.open();
    await slow.until(3);
    await next.settled();
    const ids = slow.got.map(({ body }) => body['id']);
    expect(ids[1]).toBe(ids[0]);
    expect(fast.got).toHaveLength(2);
  });

  it('goes to no server whose certificate is wrong, to no plain http: elsewhere, and to no URL that is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stk-certificate-'));
    folders.push(folder);
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'];
    await promisify(execFile)('openssl', [...made, '-keyout', key, '-out', cert]);
    const target = await aTarget({ key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') });
    const plain = 'http://hooks.example.com/secret-path';
    const rig = await aRig({ CERT: target.url, PLAIN: plain, NONE: 'secret-path', EMPTY: '' });
    const notifier = rig.open();
    await notifier.notify(told());
    await notifier.settled();
    expect(target.got).toEqual([]);
    expect(
      Object.fromEntries(notifier.list().dead.map(({ urlFrom, problem }) => [urlFrom, problem])),
    ).toEqual({
      CERT: 'no answer (DEPTH_ZERO_SELF_SIGNED_CERT)',
      PLAIN: 'the URL in PLAIN begins with http:, which is allowed only for loopback',
      NONE: 'NONE does not contain a URL such as https://hooks.example.com/…',
      EMPTY: 'EMPTY is not set for this Hub',
    });
    const files = await readdir(rig.directory);
    const kept = await Promise.all(files.map((file) => readFile(join(rig.directory, file), 'utf8')));
    expect(JSON.stringify([rig.logged, notifier.list(), kept])).not.toMatch(/secret-path|127\.0\.0\.1/);
  });

  it('is not queued when it is older than an hour, nor for a target that stk.yaml does not name any more', async () => {
    const target = await aTarget();
    target.answers.push(500);
    const rig = await aRig({ HOOK: target.url });
    const notifier = rig.open();
    await notifier.notify(told({ at: now - 3_600_001 }));
    await notifier.notify(told());
    await target.until(1);
    rig.notify.length = 0;
    await notifier.settled();
    expect(target.got).toHaveLength(1);
    expect(await readdir(rig.directory)).toEqual([]);
  });
});
