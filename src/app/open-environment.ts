// Opens the live database of an environment for a command: a server by its variable; an embedded one through the Hub
// that has it open, or directly when none has. The caller closes it.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbedded } from '../database/embedded/embedded-cluster.ts';
import { connectOwner, type OwnerSession } from '../database/session/owner-session.ts';
import { parseProject } from '../documents/project/parse-project.ts';
import { gateKinds } from '../gates/gate-kinds.ts';
import type { Clock } from '../kernel/clock.ts';
import { StkError } from '../kernel/errors.ts';
import type { Parsed } from '../model/problem.ts';
import type { EnvironmentSettings, Limits, Project } from '../model/project.ts';

export interface EnvironmentPlace {
  readonly project: Project;
  readonly environment: string;
  /** Absolute path. */
  readonly stateDirectory: string;
}

export interface OpeningWorld {
  readonly clock: Clock;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** One progress line for the user. */
  onProgress(line: string): void;
}

export interface OpenedEnvironment {
  readonly session: OwnerSession;
  close(): Promise<void>;
}

/** stk.yaml of the clone at `root`. */
export async function readProject(root: string): Promise<Parsed<Project>> {
  return parseProject(await readFile(join(root, 'stk.yaml'), 'utf8'), { file: 'stk.yaml', gateKinds });
}

/** Throws `unknown-environment`. */
export function settingsOf({ environments }: Project, environment: string): EnvironmentSettings {
  const settings = environments.get(environment);
  if (settings !== undefined) return settings;
  throw new StkError('unknown-environment', `stk.yaml has no environment ${JSON.stringify(environment)}.`);
}

/** Throws `database-unavailable`, `secret-unset`, `unknown-environment`. */
export async function openEnvironment(
  { project, environment, stateDirectory }: EnvironmentPlace,
  { clock, variables, onProgress }: OpeningWorld,
): Promise<OpenedEnvironment> {
  const settings = settingsOf(project, environment);
  const { limits } = project;
  if (settings.database.kind === 'server') {
    onProgress(`Connecting to the database of ${environment} …`);
    return keep(await connectServer(settings, limits, variables));
  }
  const directory = join(stateDirectory, 'embedded');
  const address = {
    kind: 'embedded',
    environment: settings.of ?? environment,
    directory,
    ...timesOf(limits),
  } as const;
  try {
    return keep(await connectOwner(address));
  } catch (refusal) {
    // No Hub has it open: open it here, briefly.
    const exists = await access(join(directory, 'data')).then(
      () => true,
      () => false,
    );
    if (!exists) throw noEmbedded(environment, directory, refusal);
    const cluster = await openEmbedded({ directory, clock, onProgress }).catch((error: unknown) => {
      throw error instanceof StkError && error.code === 'state-locked' ? refusal : error;
    });
    try {
      const { session } = keep(await connectOwner(address));
      const close = async (): Promise<void> => {
        await session.close();
        await cluster.close();
      };
      return { session, close };
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }
}

function connectServer(
  { name, database }: EnvironmentSettings,
  limits: Limits,
  variables: OpeningWorld['variables'],
): Promise<OwnerSession> {
  if (database.kind !== 'server') throw new Error(`${name} is not on a server`);
  const { urlFrom, schema, role } = database;
  const url = variables[urlFrom];
  if (url === undefined || url === '')
    throw new StkError(
      'secret-unset',
      `The variable ${urlFrom} with the database URL of ${name} is not set.`,
      {
        hint: `export ${urlFrom}=postgres://…`,
      },
    );
  return connectOwner({ kind: 'server', url, schema, role, ...timesOf(limits) });
}

function noEmbedded(environment: string, directory: string, cause: unknown): StkError {
  return new StkError(
    'database-unavailable',
    `There is no embedded database of ${environment} in ${directory}.`,
    {
      hint: 'Start the Hub once (stk hub), name its state directory with --state DIR, or cut from migrations.',
      cause,
    },
  );
}

function timesOf({ statement, lock }: Limits): { readonly statement: number; readonly lock: number } {
  return { statement, lock };
}

function keep(session: OwnerSession): OpenedEnvironment {
  return { session, close: () => session.close() };
}
