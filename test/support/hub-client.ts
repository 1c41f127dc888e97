// A Hub on a free port over a real repository, and a plain HTTP client that may send any header.
import { request } from 'node:http';
import { pino } from 'pino';
import { createMetrics, type HubMetrics } from '../../src/hub/metrics.ts';
import { type HubDependencies, type RunningHub, startHub } from '../../src/hub/start-hub.ts';
import type { HubState } from '../../src/reconciler/hub-state.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON with its content type, a string as it is. */
  readonly body?: unknown;
}

export interface TestHub extends RunningHub {
  readonly metrics: HubMetrics;
  readonly logged: readonly string[];
  ask(path: string, ask?: Ask): Promise<Answer>;
  /** POST /call in an environment. */
  call(environment: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** Milliseconds that the Hub's clock stands at; tests move it. */
export interface TestClock {
  now: number;
}

export async function startTestHub(
  state: HubState,
  options: Partial<HubDependencies> & { readonly time?: TestClock } = {},
): Promise<TestHub> {
  const logged: string[] = [];
  const metrics = createMetrics();
  const time = options.time ?? { now: Date.now() };
  const hub = await startHub({
    state,
    metrics,
    listener: { host: '127.0.0.1', port: 0, open: false, pinnedAuth: undefined },
    clock: { now: () => time.now, sleep: () => Promise.resolve(), random: () => 0.5 },
    logger: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    secret: () => undefined,
    ...options,
  });
  const ask = (path: string, what: Ask = {}): Promise<Answer> => sendRequest(hub.address.port, path, what);
  return {
    ...hub,
    metrics,
    logged,
    ask,
    call: (environment, body, headers = { 'Stk-Role': 'reader' }) =>
      ask('/call', { method: 'POST', body, headers: { 'Stk-Environment': environment, ...headers } }),
  };
}

function sendRequest(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Ask,
): Promise<Answer> {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const sent = {
    ...(typeof body === 'object' ? { 'Content-Type': 'application/json' } : {}),
    ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(text)) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, method, headers: sent, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const received = Buffer.concat(chunks).toString();
          const isJson = (incoming.headers['content-type'] ?? '').includes('json') && received !== '';
          const json: unknown = isJson ? JSON.parse(received) : undefined;
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: received, json });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}
