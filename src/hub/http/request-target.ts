// The target of a request in origin form. A client may send the absolute form, `GET http://hub/path`, as if to a proxy:
// its host then replaces the Host header (RFC 9112, 3.2.2).
import type { IncomingMessage } from 'node:http';

const absoluteForm = /^https?:\/\/([^/?#@\s]+)(\/[^#]*|\?[^#]*)?$/i;

/** Sets `url` and the header Host as in the origin form. False when the target has neither form. */
export function normalizeTarget(request: IncomingMessage): boolean {
  const url = request.url ?? '/';
  if (url.startsWith('/') || url === '*') return true;
  const [, host, rest = '/'] = absoluteForm.exec(url) ?? [];
  if (host === undefined) return false;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  request.headers.host = host;
  return true;
}
