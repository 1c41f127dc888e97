// A plain HTTP client for tests: one connection a request, any header (Host and Origin too), bodies as they are given.
import { request } from 'node:http';

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

/** Asks a server on 127.0.0.1; rejects when the connection fails. */
export function sendRequest(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Ask = {},
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
          const isJson = /[/+]json/.test(incoming.headers['content-type'] ?? '') && received !== '';
          const json: unknown = isJson ? JSON.parse(received) : undefined;
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: received, json });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}
