// Puts the Hub together for `stk hub`: state directory, git, databases, compiler, reconciler, HTTP server. Opens them in
// this order, closes them in the opposite one. Loaded by main.ts for that one command.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { pino, type Logger } from 'pino';
import type { HubOptions } from './cli/services.ts';
import { checkRelease } from './compatibility/check-release.ts';
import { DatabaseServers } from './database/database-servers.ts';
import { openEmbedded, type EmbeddedCluster } from './database/embedded-cluster.ts';
import type { ConfigRepo } from './git/config-repo.ts';
import { openConfigRepo } from './git/open-config-repo.ts';
import { refuseListener, type ListenerSettings } from './hub/listener.ts';
import { createMetrics } from './hub/metrics.ts';
import { startHub } from './hub/start-hub.ts';
import type { Clock } from './model/clock.ts';
import { asStkError, StkError } from './model/errors.ts';
import { parseAuthSettings } from './model/parse-auth-settings.ts';
import { parsePointer } from './model/parse-pointer.ts';
import { formatProblems } from './model/problem.ts';
import type { AuthSettings } from './model/project.ts';
import { DatabaseHandles, type OpenDatabase } from './reconciler/database-handles.ts';
import { LastKnownGoodStore } from './reconciler/last-known-good.ts';
import { Reconciler } from './reconciler/reconciler.ts';
import { ReleaseLibrary } from './reconciler/release-library.ts';
import {
  defaultStateDirectory,
  openStateDirectory,
  remoteStateDirectory,
} from './reconciler/state-directory.ts';
import { ActiveReleases } from './serving/active-releases.ts';
import { createReleaseCompiler } from './serving/compile-release.ts';

export interface HubWorld {
  readonly clock: Clock;
  /** Environment variables: secrets, git's own, XDG_STATE_HOME. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborts when the Hub is to stop. */
  readonly isStopped: AbortSignal;
}

/** Serves until `isStopped` aborts; gives the exit code. Throws StkError when it cannot start. */
export async function runHub(options: HubOptions, world: HubWorld): Promise<number> {
  const undo: (() => Promise<void>)[] = [];
  const logger = pino({ level: options.logLevel }, pino.destination({ fd: 2, sync: true }));
  try {
    const { reconciler, url } = await assemble(options, world, { logger, undo });
    await announce(reconciler, url, world);
    await untilAborted(world.isStopped);
    logger.info('stopping');
    return 0;
  } finally {
    await undoAll(undo, logger);
  }
}

interface Assembly {
  readonly logger: Logger;
  readonly undo: (() => Promise<void>)[];
}

interface Assembled {
  readonly reconciler: Reconciler;
  readonly url: string;
}

async function assemble(
  options: HubOptions,
  world: HubWorld,
  { logger, undo }: Assembly,
): Promise<Assembled> {
  const { clock, variables } = world;
  const listener = await readListener(options);
  const place = await openPlace(options, world);
  undo.push(() => place.state.close());

  const compiler = createReleaseCompiler();
  undo.push(() => compiler.close());
  const databases = openDatabases(join(place.state.path, 'embedded'), world);
  undo.push(() => databases.close());

  const metrics = createMetrics();
  const active = new ActiveReleases();
  const reconciler = new Reconciler({
    openRepo: place.openRepo,
    active,
    handles: new DatabaseHandles({ open: databases.open, check: checkRelease, clock }),
    library: new ReleaseLibrary(compiler),
    records: new LastKnownGoodStore(join(place.state.path, 'last-known-good')),
    clock,
    log: logger,
    metrics: metrics.reconciler,
    only: options.environments,
    refuseProject: (project) => {
      const refused = refuseListener(project, listener);
      if (refused === undefined) return undefined;
      return new StkError(
        'insecure-project',
        refused.message,
        refused.hint === undefined ? {} : { hint: refused.hint },
      );
    },
  });
  undo.push(() => reconciler.close());
  await reconciler.start();
  requireEnvironments(options, reconciler);

  const secret = (name: string): string | undefined => variables[name];
  const hub = await startHub({ state: reconciler, listener, metrics, clock, logger, secret });
  undo.push(() => hub.close());
  return { reconciler, url: hub.url };
}

interface Place {
  readonly state: { readonly path: string; close(): Promise<void> };
  readonly openRepo: () => Promise<ConfigRepo>;
}

/** A local repository says itself where its state goes, so it is opened first; a URL's mirror stands in the state. */
async function openPlace(options: HubOptions, world: HubWorld): Promise<Place> {
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\/|^[^/\\]+@[^/\\]+:/i.test(options.repo);
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
  { clock, variables }: HubWorld,
  stateDirectory: string,
): Promise<ConfigRepo> {
  return openConfigRepo({
    location: repo,
    ref,
    stateDirectory,
    environment: variables,
    token: variables['STK_GIT_TOKEN'],
    clock,
    readPointer: (text) => {
      const parsed = parsePointer(text, { file: 'pointer' });
      return parsed.ok ? parsed.value.release : undefined;
    },
  });
}

interface Databases {
  readonly open: OpenDatabase;
  close(): Promise<void>;
}

/** Servers by their URL's variable; the embedded one is made when the first environment asks for it. */
function openDatabases(directory: string, { clock, variables, stderr }: HubWorld): Databases {
  const servers = new DatabaseServers(clock);
  let cluster: Promise<EmbeddedCluster> | undefined;
  const onProgress = (message: string): void => void stderr.write(`${message}\n`);
  const embedded = (): Promise<EmbeddedCluster> => {
    cluster ??= openEmbedded({ directory, clock, onProgress }).catch((error: unknown) => {
      cluster = undefined;
      throw error;
    });
    return cluster;
  };
  return {
    open: async ({ environment, settings, limits, readFile: read }) => {
      if (settings.kind === 'server') {
        const { urlFrom, schema, role } = settings;
        const url = variables[urlFrom];
        if (url === undefined || url === '') throw secretUnset(environment, urlFrom);
        return servers.open({ url, schema, role, limits });
      }
      const init = await Promise.all(settings.init.map(async (path) => ({ path, sql: await read(path) })));
      return (await embedded()).database({ environment, init, limits });
    },
    close: async () => {
      const opened = await cluster?.catch(() => undefined);
      await opened?.close();
    },
  };
}

function secretUnset(environment: string, variable: string): StkError {
  const message = `The environment variable ${variable}, which names the database of ${environment}, is not set.`;
  const hint = `Set ${variable} to a connection URL for the Hub's process and start it again.`;
  return new StkError('secret-unset', message, { hint, details: { environment, variable } });
}

async function readListener({ listen, open, authFile }: HubOptions): Promise<ListenerSettings> {
  const { host, port } = listen;
  return { host, port, open, pinnedAuth: authFile === undefined ? undefined : await readAuthFile(authFile) };
}

async function readAuthFile(file: string): Promise<AuthSettings> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const message = `--auth-file ${file} cannot be read: ${asStkError(error).message}`;
    throw new StkError('usage', message, { cause: error });
  }
  const parsed = parseAuthSettings(text, { file });
  if (parsed.ok) return parsed.value;
  throw new StkError('usage', formatProblems(parsed.problems), {
    hint: 'The file holds what stands under auth: in stk.yaml.',
  });
}

function requireEnvironments({ environments }: HubOptions, reconciler: Reconciler): void {
  const known = reconciler.project().environments;
  const unknown = environments.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new StkError('unknown-environment', `stk.yaml lists no environment ${unknown.join(', ')}.`, {
    hint: `It lists ${[...known.keys()].join(', ')}.`,
  });
}

/** Says where the Hub answers as soon as it does, and what to try once something serves. */
async function announce(
  reconciler: Reconciler,
  url: string,
  { stdout, stderr, isStopped }: HubWorld,
): Promise<void> {
  stderr.write(`Listening on ${url}; activating releases …\n`);
  await Promise.race([reconciler.settled(), untilAborted(isStopped)]);
  if (isStopped.aborted) return;
  const { project } = reconciler.project();
  const lines = reconciler.environments().map((environment) => {
    const status = reconciler.status(environment);
    const serving = status?.serving?.release ?? 'nothing';
    const desired = status?.desired?.release;
    return `  ${environment}: ${serving}${desired === undefined || desired === serving ? '' : ` (desired: ${desired})`}`;
  });
  stdout.write(`${project} is served on ${url}\n${lines.join('\n')}\n${suggestNext(reconciler, url)}`);
}

function suggestNext(reconciler: Reconciler, url: string): string {
  const environment = reconciler.environments().find((name) => reconciler.active.get(name) !== undefined);
  if (environment === undefined) return 'Next:\n  npx stk status\n';
  const { release } = reconciler.active.get(environment)?.compiled ?? {};
  const operation =
    [...(release?.operations.values() ?? [])].find((one) => one.kind === 'constant') ??
    [...(release?.operations.values() ?? [])][0];
  const role = [...(release?.permissions.keys() ?? [])][0] ?? 'ROLE';
  const { project } = reconciler.project();
  const body = JSON.stringify({ operation: operation?.name ?? 'OPERATION', input: {} });
  return [
    'Next:',
    '  npx stk status',
    `  curl -s ${url}/projects/${project}/environments/${environment}/call -H 'content-type: application/json' -H 'stk-role: ${role}' -d '${body}'`,
    '',
  ].join('\n');
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((end) => signal.addEventListener('abort', end, { once: true }));
}

async function undoAll(undo: readonly (() => Promise<void>)[], logger: Logger): Promise<void> {
  for (const close of [...undo].reverse()) {
    try {
      await close();
    } catch (error) {
      logger.error({ err: error }, 'something did not close');
    }
  }
}
