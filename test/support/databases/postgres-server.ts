// A real PostgreSQL server for tests: a fresh cluster in a temporary folder on a free loopback port, without fsync.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chown, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { findUnprivilegedUser, nativeDirectory, type ServerVersion } from './postgres-native.ts';

export interface TestServer {
  readonly version: ServerVersion;
  /** Superuser, database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Pid of the postmaster. */
  readonly pid: number;
  /** Stops it at once (SIGQUIT) and keeps its data. */
  crash(): Promise<void>;
  /** Starts it again on the same port after `crash`. */
  start(): Promise<void>;
  /** Restarts it as a standby that follows nobody; `pg_promote()` ends that. */
  restartAsStandby(): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

const startWithinMs = 90_000;

export async function startPostgresServer(version: ServerVersion): Promise<TestServer> {
  const native = await nativeDirectory(version);
  const user = findUnprivilegedUser();
  const root = await mkdtemp(join(tmpdir(), `stk-test-pg${version}-`));
  await chmod(root, 0o755);
  if (user !== undefined) await chown(root, user.uid, user.gid);
  const data = join(root, 'data');
  const environment = { LC_ALL: 'C', PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: join(native, 'lib') };
  const options = { cwd: root, env: environment, ...(user === undefined ? {} : user) };
  const initdb = [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '-N',
    '--no-instructions',
  ];
  await finish(
    spawn(join(native, 'bin', 'initdb'), initdb, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const port = await findFreePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'];
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', ''];
  for (const setting of [...settings, 'autovacuum=off']) args.push('-c', setting);

  let running: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const child = spawn(join(native, 'bin', 'postgres'), args, {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4000);
    });
    running = child;
    for (const deadline = Date.now() + startWithinMs; ;) {
      if (await answers(url)) return;
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`postgres ${version} did not start:\n${log}`);
      await delay(20);
    }
  };
  const halt = async (signal: NodeJS.Signals): Promise<void> => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  };
  await start();
  return {
    version,
    url,
    port,
    get pid() {
      return running?.pid ?? 0;
    },
    crash: () => halt('SIGQUIT'),
    start,
    restartAsStandby: async () => {
      await halt('SIGINT');
      const signal = join(data, 'standby.signal');
      await writeFile(signal, '');
      if (user !== undefined) await chown(signal, user.uid, user.gid);
      await start();
    },
    stop: async () => {
      await halt('SIGQUIT');
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** Below the ports that systems give to whoever asks for any: a server that is down for a while gets its own back. */
async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function finish(child: ChildProcess): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`initdb exited with ${String(code)}:\n${output}`);
}
