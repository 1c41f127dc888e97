// Opens config repos as the Hub does, for tests: state in temporary folders, a fixed clock, everything closed at the end.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigRepo } from '../../../src/git/config-repo.ts';
import { openConfigRepo } from '../../../src/git/open-config-repo.ts';
import type { Clock } from '../../../src/kernel/clock.ts';
import { gitTestEnvironment } from './git-repo.ts';

const opened: ConfigRepo[] = [];
const stateFolders = new Map<string, string>();

/** 2026-11-21T08:00:00Z, and no waiting. */
export const stillClock: Clock = {
  now: () => Date.UTC(2026, 10, 21, 8),
  sleep: () => Promise.resolve(),
  random: () => 0.5,
};

export interface OpenRepoOptions {
  readonly location: string;
  readonly ref?: string;
  /** Name of a state directory that several share; one of its own otherwise. */
  readonly state?: string;
  readonly token?: string;
  /** Instead of the test environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Instead of the one that stands still. */
  readonly clock?: Clock;
}

export async function openRepo(options: OpenRepoOptions): Promise<ConfigRepo> {
  const name = options.state ?? `own ${stateFolders.size}`;
  const stateDirectory = stateFolders.get(name) ?? (await mkdtemp(join(tmpdir(), 'stk-state-')));
  stateFolders.set(name, stateDirectory);
  const repo = await openConfigRepo({
    location: options.location,
    ref: options.ref,
    token: options.token,
    stateDirectory,
    environment: options.environment ?? gitTestEnvironment,
    clock: options.clock ?? stillClock,
    readPointer: (text) => /^release: (\S+)$/m.exec(text)?.[1],
  });
  opened.push(repo);
  return repo;
}

/** Closes every config repo that was opened and removes the state folders. */
export async function closeOpened(): Promise<void> {
  await Promise.all(opened.splice(0).map((repo) => repo.close()));
  const folders = [...stateFolders.values()];
  stateFolders.clear();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}

/** The text of a pointer file. */
export function pointer(release: string): string {
  return `release: ${release}\n`;
}
