// A Hub for programs that import stk: the same as `stk hub` runs, without its terminal.
import { PassThrough } from 'node:stream';
import type { LogLevel } from '../kernel/log-level.ts';
import type { EnvironmentStatus } from '../reconciler/status/status.ts';
import { systemClock } from './system-clock.ts';

export interface CreateHubOptions {
  /** Path or URL of the config repo. */
  readonly repo: string;
  /**
   * Variables that settings and git read: secrets, database addresses, `PATH`, `HOME`. Most programs pass those of
   * their own process.
   */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Branch or full ref name. Default: the branch that HEAD names. */
  readonly ref?: string;
  /** Environments to serve. Default: all of stk.yaml. */
  readonly environments?: readonly string[];
  /** Default: 127.0.0.1 and a free port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
  /** Default: as `stk hub` chooses. */
  readonly stateDirectory?: string;
  /** Serve without authentication on a listener that is not loopback. Default: false. */
  readonly open?: boolean;
  /** File that pins the auth settings outside the repo. */
  readonly authFile?: string;
  /** The key set may be at an address in the Hub's own network. Default: false. */
  readonly allowPrivateJwks?: boolean;
  /** Patterns of the variables that a later commit may name. Default: `STK_*`. */
  readonly secrets?: readonly string[];
  /** The log goes to stderr as JSON. Default: silent. */
  readonly logLevel?: LogLevel;
}

export interface Hub {
  /** Where the Hub listens, such as http://127.0.0.1:40123. */
  readonly url: string;
  /** Names, in the order of stk.yaml. */
  environments(): readonly string[];
  /** As `GET E` shows it. `undefined` when the Hub does not serve the environment. */
  status(environment: string): EnvironmentStatus | undefined;
  /** Fetches, reads the ref and reconciles what changed; resolves afterwards. */
  sync(): Promise<void>;
  /** Lets calls in progress end, for at most 9 s, and stops. */
  close(): Promise<void>;
}

/** Resolves when the Hub listens and every environment was reconciled once. Throws StkError when it cannot start. */
export async function createHub(options: CreateHubOptions): Promise<Hub> {
  const { repo, variables, listen = {}, logLevel = 'silent' } = options;
  // Modules that only a Hub needs are loaded here.
  const [{ openHub }, { pino }, { logForm }, { readVersion }] = await Promise.all([
    import('./compose-hub.ts'),
    import('pino'),
    import('./readable-log.ts'),
    import('./read-version.ts'),
  ]);
  const stopping = new AbortController();
  const nowhere = new PassThrough().resume();
  const world = {
    clock: systemClock,
    version: readVersion(),
    command: 'stk',
    variables,
    stdout: nowhere,
    stderr: nowhere,
    isStopped: stopping.signal,
  };
  const logger = pino({ level: logLevel, ...logForm }, pino.destination({ fd: 2, sync: true }));
  const hub = await openHub(
    {
      repo,
      ref: options.ref,
      environments: options.environments ?? [],
      listen: { host: listen.host ?? '127.0.0.1', port: listen.port ?? 0 },
      metricsListen: undefined,
      stateDirectory: options.stateDirectory,
      open: options.open ?? false,
      authFile: options.authFile,
      allowPrivateJwks: options.allowPrivateJwks ?? false,
      secrets: options.secrets ?? ['STK_*'],
      logLevel,
    },
    world,
    logger,
  );
  await hub.reconciler.settled();
  let closed: Promise<void> | undefined;
  return {
    url: hub.url,
    environments: () => hub.reconciler.environments(),
    status: (environment) => hub.reconciler.status(environment),
    sync: () => hub.reconciler.sync(),
    close() {
      stopping.abort();
      return (closed ??= hub.close());
    },
  };
}
