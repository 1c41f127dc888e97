// Constant load on a Hub: a few kept-alive connections, each with one call after the other. Keeps what a test
// judges: how many calls were answered, which failed, and in which the body was another release's than the header says.
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface LoadOptions {
  readonly port: number;
  readonly environment: string;
  readonly role: string;
  /** One connection each; `release` gives the release that an answer's result comes from. */
  readonly calls: readonly LoadCall[];
  /** Milliseconds between two calls of a connection; 4. */
  readonly pause?: number;
}

export interface LoadCall {
  readonly operation: string;
  readonly input?: unknown;
  /** Release that the result speaks of; undefined: it does not tell. */
  readonly release?: (result: unknown) => unknown;
}

export interface LoadReport {
  readonly answered: number;
  /** Calls by the release that answered. */
  readonly byRelease: ReadonlyMap<string, number>;
  /** The first failures, as text; empty is what a test hopes for. */
  readonly failures: readonly string[];
  readonly failed: number;
  /** Status codes, and `error` for a connection that broke. */
  readonly byStatus: ReadonlyMap<string, number>;
}

export interface Load {
  /** Calls answered so far. */
  answered(): number;
  /** So far. */
  report(): LoadReport;
  /** Resolves to true as soon as an answer comes from that revision, to false when none does within `ms`. */
  servedFrom(revision: string, ms: number): Promise<boolean>;
  /** Lets the calls under way end; gives what happened. */
  stop(): Promise<LoadReport>;
}

const mostKept = 10;
/** Long enough that the load leaves the machine to what is tested. */
const shortPause = 4;

export function startLoad({ port, environment, role, calls, pause = shortPause }: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: calls.length });
  const byRelease = new Map<string, number>();
  const byStatus = new Map<string, number>();
  const failures: string[] = [];
  let answered = 0;
  let failed = 0;
  const stopping = new AbortController();
  let last = '';
  let waiting: { readonly revision: string; readonly seen: () => void } | undefined;
  const fail = (text: string): void => {
    failed += 1;
    if (failures.length < mostKept) failures.push(text);
  };

  const callOnce = async (call: LoadCall): Promise<void> => {
    const { operation, input } = call;
    const path = `/projects/shop/environments/${environment}/call`;
    const body = JSON.stringify({ operation, input });
    const answer = await post({ agent, port, path, role, body });
    answered += 1;
    last = answer.revision;
    if (waiting?.revision === last) waiting.seen();
    byStatus.set(String(answer.status), (byStatus.get(String(answer.status)) ?? 0) + 1);
    const said = `${operation}: ${answer.status} ${answer.release} ${answer.text}`;
    if (answer.status !== 200) return fail(said);
    byRelease.set(answer.release, (byRelease.get(answer.release) ?? 0) + 1);
    if (call.release !== undefined && call.release(resultOf(answer.text)) !== answer.release) fail(said);
  };
  const drive = async (call: LoadCall): Promise<void> => {
    while (!stopping.signal.aborted) {
      await callOnce(call).catch((error: unknown) => {
        byStatus.set('error', (byStatus.get('error') ?? 0) + 1);
        fail(`${call.operation}: ${String(error)}`);
      });
      await delay(pause);
    }
  };
  const driving = calls.map(drive);
  const report = (): LoadReport => ({ answered, byRelease, failures, failed, byStatus });
  return {
    answered: () => answered,
    report,
    async servedFrom(revision, ms) {
      if (last === revision) return true;
      const end = new AbortController();
      const seen = new Promise<true>((resolve) => (waiting = { revision, seen: () => resolve(true) }));
      const late = delay(ms, false, { signal: end.signal }).catch(() => false);
      const isSeen = await Promise.race([seen, late]);
      waiting = undefined;
      end.abort();
      return isSeen;
    },
    async stop() {
      stopping.abort();
      await Promise.all(driving);
      agent.destroy();
      return report();
    },
  };
}

interface Post {
  readonly agent: Agent;
  readonly port: number;
  readonly path: string;
  readonly role: string;
  readonly body: string;
}

function post({ agent, port, path, role, body }: Post): Promise<{
  readonly status: number;
  readonly release: string;
  readonly revision: string;
  readonly text: string;
}> {
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Stk-Role': role,
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          release: String(answer.headers['stk-release'] ?? ''),
          revision: String(answer.headers['stk-revision'] ?? ''),
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function resultOf(text: string): unknown {
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null && 'result' in parsed ? parsed.result : undefined;
}
