// A repository that the system cannot watch: every commit is found by looking at intervals, and the status says so.
import { expect, it } from '@jest/globals';
import type { ConfigRepo } from '../../src/git/config-repo.ts';
import { openConfigRepo } from '../../src/git/open-config-repo.ts';
import { RefFollower } from '../../src/reconciler/follow/ref-follower.ts';
import { realClock } from '../support/clock.ts';
import { createTestRepo, gitTestEnvironment } from '../support/git/git-repo.ts';

it('is followed by polling, until it can be watched', async () => {
  const repo = await createTestRepo({ files: { 'stk.yaml': 'project: shop\n' } });
  const opened = await openConfigRepo({
    location: repo.directory,
    stateDirectory: repo.directory,
    environment: gitTestEnvironment,
    clock: realClock,
    readPointer: () => undefined,
  });
  let watchesLeft = -3;
  const scarce: ConfigRepo['watch'] = async (look) => {
    watchesLeft += 1;
    if (watchesLeft <= 0) throw new Error('EMFILE: too many open files, watch');
    return opened.watch(look);
  };
  const logged: string[] = [];
  const note = (_fields: object, message: string): void => void logged.push(message);
  const seen = new Set<string>();
  const log = { debug: note, info: note, warn: note, error: note };
  const follower = new RefFollower({
    openRepo: async () =>
      new Proxy(opened, {
        get(target, name) {
          if (name === 'watch') return scarce;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
    onRevision: async ({ observation }) => {
      seen.add(observation.revision);
    },
    onChange: () => undefined,
    // Every pause is short: the test waits for what is seen, not for a time.
    clock: { ...realClock, sleep: (_ms, signal) => realClock.sleep(5, signal) },
    log,
  });
  try {
    await follower.open();
    await follower.look();
    expect(follower.claims[0]).toMatchObject({
      status: 'True',
      reason: 'Reading',
      message: expect.stringContaining('cannot be watched (EMFILE: too many open files, watch)'),
    });
    const revision = await repo.commit('more', { 'a.txt': 'a' });
    follower.poll();
    while (!seen.has(revision) || follower.claims[0].message.includes('watched')) await realClock.sleep(5);
    expect(logged).toEqual(['the config repo cannot be watched: the Hub reads it every 2 seconds']);
    expect(follower.claims[0].message).toBe('The config repo is read.');
  } finally {
    await follower.close();
    await repo.remove();
  }
});
