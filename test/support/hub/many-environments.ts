// A bare config repo of many environments on one PostgreSQL database, with releases a, b and c that are constants: for
// tests of what happens in git, where the databases do not matter.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '../databases/database.ts';
import { createTestRepo, type TestRepo } from '../git/git-repo.ts';
import {
  startHubProcess,
  stk,
  type HubProcess,
  type HubProcessOptions,
  type StkResult,
} from './hub-process.ts';
import { aConstantRelease, aPointer, aProject } from '../documents/release.ts';

export interface ManyEnvironments {
  readonly remote: TestRepo;
  /** e1, e2, …: all of them name release a. */
  readonly environments: readonly string[];
  /** A Hub that follows the remote's URL, or another place. */
  startHub(options?: Partial<HubProcessOptions>): Promise<HubProcess>;
  /** `stk …` in a clone, asking `hub`. */
  stk(clone: TestRepo, hub: HubProcess, ...args: readonly string[]): Promise<StkResult>;
  close(): Promise<void>;
}

export async function createManyEnvironments(count: number): Promise<ManyEnvironments> {
  const database = await createTestDatabase(18);
  const state = await mkdtemp(join(tmpdir(), 'stk-test-state-'));
  const environments = Array.from({ length: count }, (_, at) => `e${at + 1}`);
  const settings = environments.map((name) => [name, { database: { urlFrom: 'DATABASE_URL' } }]);
  const remote = await createTestRepo({
    bare: true,
    files: {
      'stk.yaml': aProject({ environments: Object.fromEntries(settings) }),
      ...Object.fromEntries(['a', 'b', 'c'].map((id) => [`releases/${id}.yaml`, aConstantRelease(id)])),
      ...Object.fromEntries(environments.map((name) => [`environments/${name}.yaml`, aPointer('a')])),
    },
  });
  const hubs: HubProcess[] = [];
  return {
    remote,
    environments,
    async startHub(options = {}) {
      const env = { DATABASE_URL: database.url, ...options.env };
      const hub = await startHubProcess({ repo: remote.url, state, ...options, env });
      hubs.push(hub);
      return hub;
    },
    stk: (clone, hub, ...args) => stk(args, { cwd: clone.directory, env: { STK_HUB: hub.url } }),
    async close() {
      await Promise.all(hubs.map((hub) => hub.stop()));
      await database.drop();
      await remote.remove();
      await rm(state, { recursive: true, force: true });
    },
  };
}
