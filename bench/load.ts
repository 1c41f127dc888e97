// A bounded HTTP load from a process of its own: N keep-alive connections, each with one request in flight. What the
// process does is load-client.ts's business.
import { builtFile, startChild } from './child.ts';
import type { RawRequest } from './raw-connection.ts';

export interface LoadJob {
  readonly port: number;
  /** Sent in turn. */
  readonly requests: readonly RawRequest[];
  readonly connections: number;
  readonly durationMs: number;
  /** Answers before this many milliseconds have passed are not counted. */
  readonly warmUpMs: number;
  /** Pause of a connection after an answer; 0: none. */
  readonly pauseMs: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Milliseconds, one a counted answer. */
  readonly latencies: readonly number[];
  /** When each of them was sent: milliseconds since the epoch, with fractions. */
  readonly sentAt: readonly number[];
  /** Answers other than 200, and connections that were lost. */
  readonly bad: number;
  /** The first of the bad ones, for people. */
  readonly firstBad: string | undefined;
}

export interface LoadClient {
  /** Runs one job to its end. Throws when an answer was bad: a broken server is not a fast server. */
  run(job: LoadJob): Promise<LoadResult>;
  stop(): Promise<void>;
}

export function startLoadClient(): LoadClient {
  const child = startChild(builtFile('./load-client.js', import.meta.url));
  return {
    async run(job) {
      const result = parseResult(await child.ask(job));
      if (result.bad > 0)
        throw new Error(`${result.bad} requests failed, the first: ${result.firstBad ?? ''}`);
      if (result.latencies.length === 0) throw new Error('no request was answered in the counted time');
      return result;
    },
    stop: () => child.stop(),
  };
}

function parseResult(message: unknown): LoadResult {
  if (isResult(message)) return message;
  throw new Error(`the load client sent no result: ${JSON.stringify(message)}`);
}

function isResult(message: unknown): message is LoadResult {
  return typeof message === 'object' && message !== null && 'latencies' in message && 'bad' in message;
}
