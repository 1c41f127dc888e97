// The dashboard's files: what a browser gets at `/`, and what its page loads. Read once, on the first request; the page
// gets all other data from the control plane.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Exchange } from './exchange.ts';

interface SentFile {
  readonly type: string;
  readonly text: string;
  readonly gzipped: Buffer;
  readonly tag: string;
}

const files: ReadonlyMap<string, { readonly name: string; readonly type: string }> = new Map([
  ['/', { name: 'index.html', type: 'text/html; charset=utf-8' }],
  ['/ui/app.js', { name: 'app.js', type: 'text/javascript; charset=utf-8' }],
  ['/ui/app.css', { name: 'app.css', type: 'text/css; charset=utf-8' }],
]);

/** Nothing from other origins, nothing inline, no frame around it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const compress = promisify(gzip);

export interface Dashboard {
  /** Whether a GET of this path belongs to the dashboard; `/` does for clients that accept HTML. */
  serves(exchange: Exchange): boolean;
  /** Rejects when the files cannot be read. */
  answer(exchange: Exchange): Promise<void>;
}

/** `folder`: where `npm run build` puts the files. */
export function createDashboard(folder: URL): Dashboard {
  const read = new Map<string, Promise<SentFile>>();
  const load = async (name: string, type: string): Promise<SentFile> => {
    const text = await readFile(new URL(name, folder), 'utf8');
    const tag = `"${createHash('sha256').update(text).digest('hex').slice(0, 32)}"`;
    return { type, text, gzipped: await compress(text), tag };
  };
  return {
    serves: ({ path, request }) =>
      path === '/' ? (request.headers.accept ?? '').includes('text/html') : files.has(path),
    async answer(exchange) {
      const file = files.get(exchange.path);
      if (file === undefined) throw new Error(`${exchange.path} is not a file of the dashboard`);
      let loading = read.get(file.name);
      if (loading === undefined) read.set(file.name, (loading = load(file.name, file.type)));
      // A missing folder may exist later.
      const loaded = await loading.catch((error: unknown) => {
        read.delete(file.name);
        throw error;
      });
      send(exchange, loaded);
    },
  };
}

/** A browser may cache it while its tag is the same. */
function send({ request, response, id }: Exchange, file: SentFile): void {
  if (response.headersSent || response.destroyed) return;
  const isKnown = request.headers['if-none-match'] === file.tag;
  const isGzipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const body = isGzipped ? file.gzipped : Buffer.from(file.text);
  response.writeHead(
    isKnown ? 304 : 200,
    [
      ['Content-Type', file.type],
      ['ETag', file.tag],
      ['Cache-Control', 'no-cache'],
      ['Vary', 'Accept, Accept-Encoding'],
      ['X-Content-Type-Options', 'nosniff'],
      ['X-Request-Id', id],
      ['Content-Security-Policy', policy],
      ['Referrer-Policy', 'no-referrer'],
      ['Cross-Origin-Opener-Policy', 'same-origin'],
      ...(isKnown ? [] : [['Content-Length', String(body.length)]]),
      ...(isGzipped && !isKnown ? [['Content-Encoding', 'gzip']] : []),
    ].flat(),
  );
  response.end(isKnown || request.method === 'HEAD' ? undefined : body);
}
