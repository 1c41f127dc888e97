// A Hub that serves release `a` of a small repo in `prod`: what scenarios start from that measure calls.
import { join } from 'node:path';
import type { Cleanup } from './cleanup.ts';
import { createRepo, type BenchRepo } from './config-repo.ts';
import { startHub, waitForRelease, type Hub } from './hub.ts';
import type { RawRequest } from './raw-connection.ts';
import type { ScenarioContext } from './scenario.ts';
import { projectText, releaseText, role } from './workload.ts';

export const environment = 'prod';
export const pointer = `environments/${environment}.yaml`;

/** `body`: `{"operation": …, "input": …}`. */
export function asCall(body: string): RawRequest {
  return { path: '/call', headers: { 'Stk-Environment': environment, 'Stk-Role': role }, body };
}

export interface ServedHubParts {
  readonly databaseUrl: string;
  readonly operations: number;
  /** Of its folder, where a scenario starts several. */
  readonly name?: string;
  /** Files in place of, or beside, those that every repo has. */
  readonly more?: Readonly<Record<string, string>>;
  /** What the repo gets before the Hub starts. */
  readonly prepare?: (repo: BenchRepo) => Promise<unknown>;
}

export async function startServedHub(
  context: ScenarioContext,
  cleanup: Cleanup,
  { databaseUrl, operations, name = 'hub', more = {}, prepare }: ServedHubParts,
): Promise<{ readonly hub: Hub; readonly repo: BenchRepo }> {
  const repo = await createRepo(join(context.directory, name, 'repo'), [
    {
      subject: 'start',
      files: {
        'stk.yaml': projectText([environment]),
        'releases/a.yaml': releaseText({ release: 'a', operations }),
        [pointer]: 'release: a\n',
        ...more,
      },
    },
  ]);
  await prepare?.(repo);
  const hub = await startHub({
    command: context.command,
    directory: repo.directory,
    stateDirectory: join(context.directory, name, 'state'),
    databaseUrl,
  });
  cleanup.add(() => hub.stop());
  await waitForRelease(hub.port, environment, 'a');
  return { hub, repo };
}
