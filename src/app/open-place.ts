// Where the Hub's config repo and its state are: opens the state directory and decides how to open the repository.
// Which of them is opened first depends on whether the repository is a path or a URL.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { HubOptions } from '../cli/services.ts';
import type { ConfigRepo } from '../git/config-repo.ts';
import { parseGitLocation } from '../git/git-location.ts';
import { openConfigRepo } from '../git/open-config-repo.ts';
import type { HubWorld } from './hub-world.ts';
import { parsePointer } from '../documents/parse-pointer.ts';
import {
  defaultStateDirectory,
  openStateDirectory,
  remoteStateDirectory,
} from '../reconciler/state/state-directory.ts';

export interface Place {
  readonly state: { readonly path: string; close(): Promise<void> };
  readonly openRepo: () => Promise<ConfigRepo>;
}

/** A local repository determines its state directory, so it is opened first. The mirror of a URL is in the state directory. */
export async function openPlace(options: HubOptions, world: HubWorld): Promise<Place> {
  const isUrl = parseGitLocation(options.repo).kind === 'url';
  const stateHome = world.variables['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  const open = (stateDirectory: string): Promise<ConfigRepo> => openRepo(options, world, stateDirectory);
  if (options.stateDirectory !== undefined || isUrl) {
    const path = options.stateDirectory ?? remoteStateDirectory(options.repo, stateHome);
    const state = await openStateDirectory(resolve(path));
    return { state, openRepo: () => open(state.path) };
  }
  let first: ConfigRepo | undefined = await open('');
  try {
    const state = await openStateDirectory(resolve(defaultStateDirectory(first, stateHome)));
    const openOnce = async (): Promise<ConfigRepo> => {
      const repo = first ?? (await open(state.path));
      first = undefined;
      return repo;
    };
    return { state, openRepo: openOnce };
  } catch (error) {
    await first.close();
    throw error;
  }
}

function openRepo(
  { repo, ref }: HubOptions,
  { clock, variables, isStopped }: HubWorld,
  stateDirectory: string,
): Promise<ConfigRepo> {
  return openConfigRepo({
    location: repo,
    ref,
    stateDirectory,
    environment: variables,
    token: variables['STK_GIT_TOKEN'],
    signingKey: variables['STK_SIGNING_KEY'] || undefined,
    clock,
    signal: isStopped,
    readPointer: (text) => {
      const parsed = parsePointer(text, { file: 'pointer' });
      return parsed.ok ? parsed.value.release : undefined;
    },
  });
}
