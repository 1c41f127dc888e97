// The target of a request in origin form. A client may send the absolute form, `GET http://hub/path`, as if to a proxy: its
// host then counts in place of the Host header (RFC 9112, 3.2.2).
import type { IncomingMessage } from 'node:http';

const absoluteForm = /^https?:\/\/([^/?#@\s]+)(\/[^#]*|\?[^#]*)?$/i;

/** Puts `url` and the header Host as if the client had sent the origin form. False: the target is neither. */
export function normalizeTarget(request: IncomingMessage): boolean {
  const url = request.url ?? '/';
  if (url.startsWith('/') || url === '*') return true;
  const [, host, rest = '/'] = absoluteForm.exec(url) ?? [];
  if (host === undefined) return false;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  request.headers.host = host;
  return true;
}
