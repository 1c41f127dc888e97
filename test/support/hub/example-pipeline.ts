// examples/pipeline as a config repo with a Hub over it, and the people of its stk.yaml, who act by the command line.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestRepo, type TestRepo } from '../git/git-repo.ts';
import { startHubProcess, stk, type HubProcess } from './hub-process.ts';
import { projectRoot } from './served-clone.ts';

export interface ExamplePipeline {
  readonly repo: TestRepo;
  readonly hub: HubProcess;
  /** Runs `stk …` as this person; throws unless it exits with 0. */
  as(person: string, ...args: readonly string[]): Promise<void>;
  untilServing(environment: string, release: string): Promise<void>;
  /** Calls an operation of production as often. */
  call(times: number): Promise<void>;
  close(): Promise<void>;
}

const folder = join(projectRoot, 'examples/pipeline');

export async function openExamplePipeline(): Promise<ExamplePipeline> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = names
    .filter((entry) => entry.isFile() && /\.(yaml|sql)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const files = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(folder, path), 'utf8')] as const),
  );
  const repo = await createTestRepo({ files: Object.fromEntries(files) });
  await repo.git('config', 'user.name', 'Dana');
  await repo.git('config', 'user.email', 'dana@example.com');
  await repo.git('commit', '--quiet', '--amend', '--no-edit', '--reset-author');
  const state = await mkdtemp(join(tmpdir(), 'stk-test-state-'));
  const hub = await startHubProcess({ repo: repo.directory, state });
  const environments = '/api/v1/projects/pipeline/environments';
  return {
    repo,
    hub,
    async as(person, ...args) {
      const [name, mail] = [person, `${person.toLowerCase()}@example.com`];
      const env = {
        STK_HUB: hub.url,
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: mail,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: mail,
      };
      const { code, stdout, stderr } = await stk(args, { cwd: repo.directory, env });
      if (code !== 0) throw new Error(`stk ${args.join(' ')}: exit ${code}\n${stdout}${stderr}`);
    },
    untilServing: (environment, release) =>
      hub.eventually(`${environment} serves ${release}`, async () => {
        const { json } = await hub.ask(`${environments}/${environment}`);
        return (json as { serving: { release: string } | null }).serving?.release === release;
      }),
    async call(times) {
      const ask = { method: 'POST', headers: { 'stk-role': 'support' }, body: { operation: 'orders.list' } };
      for (let count = 0; count < times; count += 1)
        await hub.ask('/projects/pipeline/environments/production/call', ask);
    },
    async close() {
      await hub.stop();
      await repo.remove();
      await rm(state, { recursive: true, force: true });
    },
  };
}
