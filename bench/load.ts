// A bounded HTTP load: N keep-alive connections, each with one request in flight, for a time or a number of
// requests. It counts and times; what an answer means is the caller's `accept`.
import { Agent, request } from 'node:http';

export interface LoadRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadOptions {
  readonly connections: number;
  readonly durationMs: number;
  /** Answers before this many milliseconds have passed are not counted. Default 0. */
  readonly warmUpMs?: number;
  /** Ends the load early, with what was counted until then. */
  readonly signal?: AbortSignal;
  /** True: the answer counts as good. Default: status 200. */
  readonly accept?: (status: number, body: string) => boolean;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Milliseconds, one a counted answer. */
  readonly latencies: readonly number[];
  readonly good: number;
  /** Answers that `accept` refused, and requests that failed. */
  readonly bad: number;
  /** The first of the bad ones, for people. */
  readonly firstBad: string | undefined;
}

export interface LoadAnswer {
  readonly status: number;
  readonly body: string;
}

/** One request over `agent`. Rejects when the connection fails. */
export async function send(
  agent: Agent,
  { url, method = 'POST', headers = {}, body }: LoadRequest,
): Promise<LoadAnswer> {
  return await new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = request(url, { method, agent, headers: { ...headers, ...length } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Runs the load and resolves when every connection has had its last answer. */
export async function runLoad(target: LoadRequest, options: LoadOptions): Promise<LoadResult> {
  const accept = options.accept ?? ((status: number) => status === 200);
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const begin = performance.now();
  const countFrom = begin + (options.warmUpMs ?? 0);
  const end = countFrom + options.durationMs;
  const latencies: number[] = [];
  let bad = 0;
  let firstBad: string | undefined;

  const noteBad = (what: string) => {
    bad += 1;
    firstBad ??= what;
  };
  const runConnection = async () => {
    while (performance.now() < end && options.signal?.aborted !== true) {
      const sentAt = performance.now();
      try {
        const { status, body } = await send(agent, target);
        if (!accept(status, body)) noteBad(`${status} ${body.slice(0, 300)}`);
        else if (sentAt >= countFrom) latencies.push(performance.now() - sentAt);
      } catch (error) {
        noteBad(String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: options.connections }, runConnection));
  const seconds = Math.max(performance.now() - countFrom, 1) / 1000;
  agent.destroy();
  return { requestsPerSecond: latencies.length / seconds, latencies, good: latencies.length, bad, firstBad };
}
