// The built command line as its own process: a Hub that serves a config repo, and single `stk` commands. Whoever starts
// a Hub stops it. Waiting is polling for a state within a limit, never sleeping for a time that means something.
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import type { EnvironmentStatus } from '../../../src/reconciler/status/status.ts';
import { gitTestEnvironment } from '../git/git-repo.ts';
import { sendRequest, type Answer, type Ask } from './http-request.ts';

/** `dist/main.js`; `npm run build` makes it. */
export const builtCommand = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** Milliseconds; only a hang makes a test wait that long. */
const limits = { start: 200_000, state: 120_000, stop: 45_000, command: 250_000 } as const;
const pollMs = 25;

export interface StkResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON; undefined when it is none. */
  readonly json: unknown;
}

export interface StkOptions {
  readonly cwd: string;
  /** Merged over git's test environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** kill -9 when it aborts; its code is -1 then. */
  readonly kill?: AbortSignal;
}

/** Runs one command of the built command line to its end. */
export async function stk(args: readonly string[], { cwd, env = {}, kill }: StkOptions): Promise<StkResult> {
  const child = spawnStk(args, cwd, env);
  const output = collectOutput(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), limits.command);
  kill?.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  const code = await exitOf(child);
  clearTimeout(timer);
  return {
    code: code ?? -1,
    stdout: output.stdout(),
    stderr: output.stderr(),
    json: asJson(output.stdout()),
  };
}

export interface HubProcessOptions {
  /** Folder or URL of the config repo. */
  readonly repo: string;
  /** State directory; undefined: the Hub's own default. */
  readonly state?: string;
  /** Port on 127.0.0.1; 0 (any free one) unless given. */
  readonly port?: number;
  /** Most file descriptors that the process may have open. */
  readonly openFiles?: number;
  /** What is run; {@link builtCommand} unless given. */
  readonly command?: string;
  /** More of the command line. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** `ready` (default): /health/ready says so. `listening`: it answers at all, whatever it serves. */
  readonly until?: 'ready' | 'listening';
}

export interface HubProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** Any request. */
  ask(path: string, ask?: Ask): Promise<Answer>;
  /** POST …/environments/{environment}/call of the project `shop`. */
  call(environment: string, operation: string, input?: unknown, role?: string): Promise<Answer>;
  /** POST …/environments/{environment}/check: of a release by its id, or of a document. */
  check(
    environment: string,
    what: { readonly release: string } | { readonly document: string },
  ): Promise<Answer>;
  /** GET …/environments/{environment}/config. */
  config(environment: string, role: string): Promise<Answer>;
  status(environment: string): Promise<EnvironmentStatus>;
  /** The status as soon as it is as wanted; throws with the last one seen when that takes too long. */
  until(environment: string, holds: (status: EnvironmentStatus) => boolean): Promise<EnvironmentStatus>;
  /** Desired and serving are this release and nothing stands against it; with `revision`, as of that commit. */
  untilServing(environment: string, release: string, revision?: string): Promise<EnvironmentStatus>;
  /** Ready gives this reason. */
  untilReason(environment: string, reason: string): Promise<EnvironmentStatus>;
  /** Until `holds`; throws, naming `what`, when that takes too long. */
  eventually(what: string, holds: () => Promise<boolean>): Promise<void>;
  /** SIGTERM; gives the exit code. Does nothing (and gives the code) when it has ended already. */
  stop(): Promise<number | null>;
  kill9(): Promise<void>;
}

/** Starts `stk hub` of the built command line; throws with its output when it ends or does not get ready. */
export async function startHubProcess(options: HubProcessOptions): Promise<HubProcess> {
  const { repo, state, args = [], env = {} } = options;
  const listen = ['--listen', `127.0.0.1:${options.port ?? 0}`];
  const place = ['--repo', repo, ...(state === undefined ? [] : ['--state', state])];
  const child = spawnStk(['hub', ...place, ...listen, ...args], options.cwd ?? '/', env, options);
  const output = collectOutput(child);
  const exited = exitOf(child);
  const stopWith = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), limits.stop);
    const code = await exited;
    clearTimeout(timer);
    return code;
  };
  const failure = (what: string): Error =>
    new Error(`the Hub ${what} (exit ${child.exitCode})\n${output.stdout()}\n${output.stderr()}`);
  try {
    const port = await poll(limits.start, () => {
      if (child.exitCode !== null) throw failure('ended');
      return /^Listening on http:\/\/[^:]+:(\d+);/m.exec(output.stderr())?.[1];
    });
    if (port === undefined) throw failure('does not listen');
    const hub = describeHub(child, Number(port), { ...output, stopWith });
    if (options.until === 'listening') return hub;
    const ready = await poll(limits.start, async () => {
      if (child.exitCode !== null) throw failure('ended');
      return (await hub.ask('/health/ready')).status === 200 ? true : undefined;
    });
    if (ready === undefined) throw failure('is not ready');
    return hub;
  } catch (error) {
    await stopWith('SIGKILL');
    throw error;
  }
}

interface Output {
  stdout(): string;
  stderr(): string;
}

function describeHub(
  child: ChildProcess,
  port: number,
  process: Output & { stopWith(signal: NodeJS.Signals): Promise<number | null> },
): HubProcess {
  const { stdout, stderr, stopWith } = process;
  const ask = (path: string, what?: Ask): Promise<Answer> => sendRequest(port, path, what);
  const place = (environment: string): string => `/projects/shop/environments/${environment}`;
  const roleOf = (role: string): Record<string, string> => (role === '' ? {} : { 'Stk-Role': role });
  const status = async (environment: string): Promise<EnvironmentStatus> => {
    const answer = await ask(`/api/v1${place(environment)}`);
    if (answer.status !== 200) throw new Error(`status of ${environment}: ${answer.status} ${answer.text}`);
    return answer.json as EnvironmentStatus;
  };
  const until: HubProcess['until'] = async (environment, holds) => {
    let last: unknown;
    const found = await poll(limits.state, async () => {
      const answer = await ask(`/api/v1${place(environment)}`);
      last = answer.json;
      if (answer.status !== 200) return undefined;
      const seen = answer.json as EnvironmentStatus;
      return holds(seen) ? seen : undefined;
    });
    if (found !== undefined) return found;
    throw new Error(`${environment} did not get there: ${JSON.stringify(last, undefined, 1)}\n${stderr()}`);
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    stdout,
    stderr,
    ask,
    call: (environment, operation, input = {}, role = 'support') =>
      ask(`${place(environment)}/call`, {
        method: 'POST',
        body: { operation, input },
        headers: roleOf(role),
      }),
    check: (environment, body) =>
      ask(`/api/v1${place(environment)}/check`, {
        method: 'POST',
        body,
        // Kept open, as clients do: a refused body is read to its end, so that the answer is seen.
        headers: { Connection: 'keep-alive' },
      }),
    config: (environment, role) => ask(`${place(environment)}/config`, { headers: roleOf(role) }),
    status,
    until,
    untilServing: (environment, release, revision) =>
      until(
        environment,
        ({ desired, serving, conditions, observedRevision }) =>
          (revision === undefined || observedRevision === revision) &&
          desired?.release === release &&
          serving?.release === release &&
          reasonOf(conditions) === 'Serving',
      ),
    untilReason: (environment, reason) =>
      until(environment, ({ conditions }) => reasonOf(conditions) === reason),
    async eventually(what, holds) {
      const held = await poll(limits.state, async () => ((await holds()) ? true : undefined));
      if (held === undefined) throw new Error(`${what}: not within ${limits.state} ms\n${stderr()}`);
    },
    stop: () => stopWith('SIGTERM'),
    kill9: async () => void (await stopWith('SIGKILL')),
  };
}

/** Reason of the Ready condition. */
export function reasonOf(conditions: EnvironmentStatus['conditions']): string | undefined {
  return conditions.find(({ type }) => type === 'Ready')?.reason;
}

/** Asks until there is an answer; undefined when there is none within `ms`. */
export async function poll<T>(
  ms: number,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T | undefined> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await delay(pollMs)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  return undefined;
}

function spawnStk(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  { command = builtCommand, openFiles }: Pick<HubProcessOptions, 'command' | 'openFiles'> = {},
): ChildProcess {
  const variables = { ...gitTestEnvironment, NO_COLOR: '1', ...env };
  const limited = openFiles === undefined ? [] : ['/bin/sh', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh'];
  const [program = process.execPath, ...rest] = [...limited, process.execPath, command, ...args];
  return spawn(program, rest, {
    cwd,
    env: Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function collectOutput(child: ChildProcess): Output {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  return { stdout: () => Buffer.concat(stdout).toString(), stderr: () => Buffer.concat(stderr).toString() };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // what a command prints for people is not JSON
  }
}
