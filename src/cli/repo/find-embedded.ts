// Finds the embedded database of a Hub on this machine: in --state, else where the Hub reports its state, else in the
// clone. Checks that a process listens there before anything is sent.
import { join, resolve } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import type { CommandContext } from '../context.ts';
import { isLoopbackAddress } from '../hub/hub-address.ts';
import type { DatabaseUrl } from '../services.ts';

export interface DatabaseOptions {
  readonly env: string;
  readonly state?: string;
}

export interface FoundDatabase {
  /** Absolute path. */
  readonly stateDirectory: string;
  readonly address: DatabaseUrl;
}

/** Throws `hub-unavailable` when nothing listens there. */
export async function findEmbedded(
  context: CommandContext,
  options: DatabaseOptions,
): Promise<FoundDatabase> {
  const { services } = context;
  const { env: environment } = options;
  const stateDirectory = await findStateDirectory(context, options);
  const address = await services.databaseUrl({ stateDirectory, environment });
  if (address.isListening) return { stateDirectory, address };
  throw new StkError(
    'hub-unavailable',
    `no Hub answers for the embedded database of ${environment} in ${stateDirectory}`,
    {
      hint:
        options.state === undefined
          ? 'Start the Hub on this machine: stk hub. If it keeps its state in another directory, name that with --state DIR.'
          : 'Start the Hub with this --state, or name the state directory of the one that runs.',
      details: { environment, stateDirectory },
    },
  );
}

/** Absolute path. */
export async function findStateDirectory(
  { hub: hubs, project, root, services }: CommandContext,
  { state, env }: DatabaseOptions,
): Promise<string> {
  if (state !== undefined) return resolve(services.workingDirectory, state);
  const inClone = join(root, '.stk');
  // The state of a Hub on another machine is not on this one.
  const hub = hubs.of(env);
  if (!isLoopbackAddress(hub.address.url)) return inClone;
  try {
    const known = (await hub.projects()).find((one) => one.project === project);
    return known?.stateDirectory ?? inClone;
  } catch (error) {
    // It may listen on another address than the known one, or not answer everybody.
    const isSilent =
      error instanceof StkError && ['hub-unavailable', 'unauthenticated', 'forbidden'].includes(error.code);
    if (isSilent) return inClone;
    throw error;
  }
}
