// One HTTP request with a time limit and a size limit: its whole answer, or its answer as a stream. Plain node:http,
// because loading the built-in fetch takes longer than a short command may take. Follows no redirect.
import {
  Agent as HttpAgent,
  request as requestHttp,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';

export interface HttpRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** By lower-case name. */
  readonly headers: IncomingHttpHeaders;
}

export interface HttpExchange {
  /** Rejects with node's error, or with {@link NoAnswerInTime}. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * The answer as a stream; `timeoutMs` applies to its head. Rejects as `send` does. Leaving the loop closes the
   * connection.
   */
  open(request: HttpRequest): Promise<HttpStream>;
  close(): void;
}

export interface HttpStream {
  readonly status: number;
  readonly contentType: string;
  readonly chunks: AsyncIterable<Buffer>;
}

export class NoAnswerInTime extends Error {}

const maxAnswerBytes = 32 * 1024 * 1024;

/** Keeps connections for the next request until it is closed. `isSecure`: https. */
export async function openHttpExchange(isSecure: boolean): Promise<HttpExchange> {
  const secure = isSecure ? await import('node:https') : undefined;
  const options = { keepAlive: true, maxSockets: 4 };
  const agent = secure === undefined ? new HttpAgent(options) : new secure.Agent(options);
  const open = secure?.request ?? requestHttp;
  return {
    send: ({ url, method, headers, body, timeoutMs, signal }) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        const outgoing = open(
          url,
          { method, agent, signal, headers: { ...headers, ...length } },
          (incoming) => {
            readAnswer(incoming, outgoing.destroy.bind(outgoing)).then(resolve, reject);
          },
        );
        const timer = setTimeout(() => outgoing.destroy(new NoAnswerInTime()), timeoutMs);
        outgoing.on('error', reject);
        outgoing.on('close', () => clearTimeout(timer));
        outgoing.end(body);
      }),
    open: ({ url, method, headers, timeoutMs, signal }) =>
      new Promise((resolve, reject) => {
        const outgoing = open(url, { method, agent, signal, headers }, (incoming) => {
          clearTimeout(timer);
          const { statusCode = 0, headers: answered } = incoming;
          resolve({ status: statusCode, contentType: answered['content-type'] ?? '', chunks: incoming });
        });
        const timer = setTimeout(() => outgoing.destroy(new NoAnswerInTime()), timeoutMs);
        outgoing.on('error', reject);
        outgoing.on('close', () => clearTimeout(timer));
        outgoing.end();
      }),
    close: () => agent.destroy(),
  };
}

function readAnswer(incoming: IncomingMessage, destroy: (error: Error) => void): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxAnswerBytes) destroy(new Error(`the answer is larger than ${maxAnswerBytes} bytes`));
      else chunks.push(chunk);
    });
    incoming.on('error', reject);
    incoming.on('end', () =>
      resolve({
        status: incoming.statusCode ?? 0,
        contentType: incoming.headers['content-type'] ?? '',
        text: Buffer.concat(chunks).toString('utf8'),
        headers: incoming.headers,
      }),
    );
  });
}
