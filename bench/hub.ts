// A Hub of the built command in a process of its own, over a repo of the bench; and how to see what it answers with.
import { createServer } from 'node:net';
import { builtFile, numberOf, startChild } from './child.ts';
import { gitEnvironment } from './config-repo.ts';
import { encodeRequest, RawConnection, readHeader } from './raw-connection.ts';
import { role } from './workload.ts';

export interface Hub {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Milliseconds of event-loop delay since `resetDelay`. */
  readDelay(): Promise<{ readonly p50: number; readonly p99: number; readonly max: number }>;
  resetDelay(): Promise<void>;
  stop(): Promise<void>;
}

export interface HubOptions {
  /** dist/main.js. */
  readonly command: string;
  /** The config repo. */
  readonly directory: string;
  readonly stateDirectory: string;
  /** What DATABASE_URL is. */
  readonly databaseUrl: string;
  /** Environments to serve; none: all. */
  readonly environments?: readonly string[];
  readonly port?: number;
  readonly execArgv?: readonly string[];
}

/** Does not wait until it serves: {@link waitForRelease} does. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const port = options.port ?? (await findFreePort());
  const probe = builtFile('./event-loop-probe.js', import.meta.url);
  const child = startChild(options.command, {
    args: [
      'hub',
      '--repo',
      options.directory,
      '--listen',
      `127.0.0.1:${port}`,
      '--state',
      options.stateDirectory,
      '--log-level',
      'warn',
      ...(options.environments ?? []).flatMap((name) => ['--env', name]),
    ],
    execArgv: ['--import', probe, ...(options.execArgv ?? [])],
    environment: { ...gitEnvironment, DATABASE_URL: options.databaseUrl },
  });
  const ask = async (what: string): Promise<{ p50: number; p99: number; max: number }> => {
    const answer = await child.ask(what);
    return { p50: numberOf(answer, 'p50'), p99: numberOf(answer, 'p99'), max: numberOf(answer, 'max') };
  };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    readDelay: () => ask('read'),
    resetDelay: async () => void (await ask('reset')),
    stop: () => child.stop(),
  };
}

export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no free port'));
        else resolve(address.port);
      });
    });
  });
}

/** A call of the constant operation `constant`. */
export function constantCall(port: number, environment: string): Buffer {
  return encodeRequest(port, {
    path: '/call',
    headers: { 'Stk-Environment': environment, 'Stk-Role': role },
    body: '{"operation":"constant","input":{}}',
  });
}

export interface ReleaseWatch {
  /** Resolves with performance.now() of the first answer by `release`. */
  until(release: string): Promise<number>;
  close(): void;
}

/** Asks about once a millisecond which release answers. Throws after `withinMs`. */
export function watchRelease(port: number, environment: string, withinMs = 30_000): ReleaseWatch {
  const request = constantCall(port, environment);
  const connection = new RawConnection(port);
  return {
    async until(release) {
      const deadline = performance.now() + withinMs;
      for (;;) {
        const { head, status, body } = await connection.send(request);
        const now = performance.now();
        if (readHeader(head, 'stk-release') === release && status === 200) return now;
        if (now > deadline)
          throw new Error(`${release} was not served in ${withinMs} ms; the last answer: ${status} ${body}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    close: () => connection.close(),
  };
}

/** As `watchRelease().until`, while the server may not listen yet. */
export async function waitForRelease(
  port: number,
  environment: string,
  release: string,
  withinMs = 30_000,
): Promise<number> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const watch = watchRelease(port, environment, Math.max(deadline - performance.now(), 1));
    try {
      return await watch.until(release);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      watch.close();
    }
  }
}
