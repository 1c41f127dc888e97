// A config repo of two environments and three releases, with a Hub that serves it: the stage of most HTTP tests.
import { createMetrics } from '../../../src/hub/metrics.ts';
import type { HubDependencies } from '../../../src/hub/start-hub.ts';
import { createTestRepo, type TestRepo } from '../git/git-repo.ts';
import { startTestHub, type TestClock, type TestHub } from './hub-client.ts';
import { aServerEnvironment, createHubState, type TestHubState } from './hub-state.ts';
import { aPointer, aProject, aRelease } from '../documents/release.ts';

export interface ServedRepo {
  readonly repo: TestRepo;
  readonly state: TestHubState;
  readonly hub: TestHub;
  /** Starts another Hub over the same state; it is closed with the rest. */
  startAnother(options: Options): Promise<TestHub>;
  /** Commits, and resolves when the Hub has concluded what it means. */
  land(message: string, files: Readonly<Record<string, string | undefined>>): Promise<string>;
  close(): Promise<void>;
}

export interface ServedParts {
  /** Members of stk.yaml beside the environments. */
  readonly project?: object;
  readonly options?: Options;
  /** The database lets nobody in until `state.letIn(true)`. */
  readonly isShut?: boolean;
}

type Options = Partial<HubDependencies> & { readonly time?: TestClock };

/** dev serves v1.1.0 and prod v1.0.0; v1.2.0 was never served. */
export async function serveRepo(parts: ServedParts = {}): Promise<ServedRepo> {
  const environments = { dev: aServerEnvironment('dev'), prod: aServerEnvironment('prod') };
  const repo = await createTestRepo({
    files: {
      'stk.yaml': aProject({ environments, ...parts.project }),
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
  const metrics = createMetrics();
  const state = await createHubState(repo, ['dev', 'prod'], metrics.reconciler);
  const hubs: TestHub[] = [];
  const startAnother = async (options: Options): Promise<TestHub> => {
    const started = await startTestHub(state.reconciler, { metrics, ...options });
    hubs.push(started);
    return started;
  };
  if (parts.isShut === true) await state.letIn(false);
  await state.reconciler.start();
  await state.reconciler.settled();
  const hub = await startAnother(parts.options ?? {});
  return {
    repo,
    state,
    hub,
    startAnother,
    async land(message, files) {
      const revision = await repo.commit(message, files);
      await state.reconciler.sync();
      await state.reconciler.settled();
      return revision;
    },
    async close() {
      await Promise.all(hubs.map((started) => started.close()));
      await state.close();
      await repo.remove();
    },
  };
}
