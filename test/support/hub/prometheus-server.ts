// A real Prometheus server that scrapes one Hub every second, for tests. Debian's package `prometheus` must be installed.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PrometheusServer {
  readonly url: string;
  /** The value of a query that gives one; undefined: it gives none. */
  value(query: string): Promise<number | undefined>;
  /** Stops it; the folder stays, and `start` goes on with it. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** `target`: URL of the Hub. Rejects, naming the package, where there is no Prometheus. */
export async function startPrometheus(target: string): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'stk-prometheus-'));
  const port = await freePort();
  const config = join(folder, 'prometheus.yml');
  const { host } = new URL(target);
  await writeFile(
    config,
    `scrape_configs:\n  - job_name: hub\n    scrape_interval: 1s\n    static_configs: [{ targets: ['${host}'] }]\n`,
  );
  const child = await start([
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ]);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const value = async (query: string): Promise<number | undefined> => {
    const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
    const body = (await response.json()) as { data?: { result?: { value: [number, string] }[] } };
    const text = body.data?.result?.[0]?.value[1];
    return text === undefined ? undefined : Number(text);
  };
  return {
    url,
    value,
    stop,
    async remove() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function start(args: readonly string[]): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn('prometheus', args, { stdio: 'ignore' });
    child.once('spawn', () => resolve(child));
    child.once('error', (error) =>
      reject(
        new Error('Prometheus cannot be started: install the Debian package "prometheus"', { cause: error }),
      ),
    );
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
