// A config repo of two environments and three releases, with a Hub that serves it: the stage of most HTTP tests.
import { openConfigRepo } from '../../src/git/open-config-repo.ts';
import { readPointerRelease } from '../../src/model/edit-pointer.ts';
import type { HubDependencies } from '../../src/hub/start-hub.ts';
import { createTestRepo, gitTestEnvironment, type TestRepo } from './git-repo.ts';
import { startTestHub, type TestClock, type TestHub } from './hub-client.ts';
import { createHubState, type TestHubState } from './hub-state.ts';
import { aPointer, aProject, aRelease } from './release.ts';

export interface ServedRepo {
  readonly repo: TestRepo;
  readonly state: TestHubState;
  readonly hub: TestHub;
  /** Starts another Hub over the same state; it is closed with the rest. */
  startAnother(options: Options): Promise<TestHub>;
  close(): Promise<void>;
}

type Options = Partial<HubDependencies> & { readonly time?: TestClock };

/** dev serves v1.1.0 and prod v1.0.0; v1.2.0 was never served. */
export async function serveRepo(parts: { project?: object; options?: Options } = {}): Promise<ServedRepo> {
  const repo = await createTestRepo({
    files: {
      'stk.yaml': aProject({ ...parts.project }),
      'releases/v1.0.0.yaml': aRelease({ release: 'v1.0.0', createdAt: '2026-11-01T08:00:00Z' }),
      'environments/dev.yaml': aPointer('v1.0.0'),
      'environments/prod.yaml': aPointer('v1.0.0'),
    },
  });
  await repo.commit('feat: two more releases', {
    'releases/v1.1.0.yaml': aRelease({
      release: 'v1.1.0',
      notes: 'Second',
      config: { greeting: 'hi' },
      createdAt: '2026-11-02T08:00:00Z',
    }),
    'releases/v1.2.0.yaml': aRelease({ release: 'v1.2.0', createdAt: '2026-11-03T08:00:00Z' }),
  });
  await repo.commit('promote(dev): v1.0.0 -> v1.1.0', { 'environments/dev.yaml': aPointer('v1.1.0') });
  const config = await openConfigRepo({
    location: repo.directory,
    stateDirectory: repo.directory,
    environment: gitTestEnvironment,
    clock: { now: () => Date.now(), sleep: () => Promise.resolve(), random: () => 0.5 },
    readPointer: readPointerRelease,
  });
  const state = await createHubState(config);
  const hubs: TestHub[] = [];
  const startAnother = async (options: Options): Promise<TestHub> => {
    const started = await startTestHub(state, options);
    hubs.push(started);
    return started;
  };
  const hub = await startAnother(parts.options ?? {});
  return {
    repo,
    state,
    hub,
    startAnother,
    async close() {
      await Promise.all(hubs.map((started) => started.close()));
      await config.close();
      await repo.remove();
    },
  };
}
