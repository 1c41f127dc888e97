// Git's own HTTP backend behind a local server that may ask for a password, and notes what each request carried.
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { gitTestEnvironment } from './git-repo.ts';

export interface GitHttpServer {
  readonly origin: string;
  /** The Authorization header of each request so far; undefined: it had none. */
  readonly authorizations: readonly (string | undefined)[];
  close(): Promise<void>;
}

/** Serves the repositories beside `repository`, for reading and pushing; `password` undefined: to everybody. */
export function serveGitOverHttp(repository: string, password: string | undefined): Promise<GitHttpServer> {
  return listen((incoming, answer) => {
    const [, credentials = ''] = /^Basic (.+)$/.exec(incoming.headers.authorization ?? '') ?? [];
    const given = Buffer.from(credentials, 'base64').toString('utf8');
    if (password === undefined || given.endsWith(`:${password}`))
      runBackend(dirname(repository), incoming, answer);
    else answer.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
}

/** Sends every request on to another origin. */
export function redirectTo(origin: string): Promise<GitHttpServer> {
  return listen((incoming, answer) =>
    answer.writeHead(302, { location: origin + (incoming.url ?? '') }).end(),
  );
}

async function listen(
  handle: (incoming: IncomingMessage, answer: ServerResponse) => void,
): Promise<GitHttpServer> {
  const authorizations: (string | undefined)[] = [];
  const server = createServer((incoming, answer) => {
    authorizations.push(incoming.headers.authorization);
    handle(incoming, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    authorizations,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function runBackend(root: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const url = new URL(incoming.url ?? '/', 'http://git');
  const backend = spawn('git', ['-c', 'http.receivepack=true', 'http-backend'], {
    env: {
      ...gitTestEnvironment,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: incoming.method ?? 'GET',
      CONTENT_TYPE: incoming.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: incoming.headers['content-encoding'] ?? '',
      REMOTE_USER: 'operator',
    },
  });
  const output: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  backend.once('close', () => {
    const bytes = Buffer.concat(output);
    const end = bytes.indexOf('\r\n\r\n');
    const headers = bytes.toString('latin1', 0, end).split('\r\n');
    for (const header of headers) {
      const [name = '', value = ''] = header.split(': ');
      if (name === 'Status') answer.statusCode = Number.parseInt(value, 10);
      else answer.setHeader(name, value);
    }
    answer.end(bytes.subarray(end + 4));
  });
  incoming.pipe(backend.stdin);
}
