// A Hub on a free port over a real repository, and a plain HTTP client that may send any header.
import { pino } from 'pino';
import { createMetrics, type HubMetrics } from '../../../src/hub/metrics.ts';
import { type HubDependencies, type RunningHub, startHub } from '../../../src/hub/start-hub.ts';
import type { HubState } from '../../../src/reconciler/hub-state.ts';
import { sendRequest, type Answer, type Ask } from './http-request.ts';

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
  const metrics = options.metrics ?? createMetrics();
  const time = options.time ?? { now: Date.now() };
  const hub = await startHub({
    state,
    metrics,
    version: '1.2.3',
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
