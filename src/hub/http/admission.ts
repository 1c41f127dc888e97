// Open mode's guard against web pages: a page of another origin, or of a name rebound to this address, is refused.
// With authentication on it does nothing: a page holds no token.
import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import type { ListenerSettings } from './listener.ts';
import type { Refusal } from './refusal.ts';

/** Answers undefined for a request that may go on. */
export type RequestLimit = (request: IncomingMessage) => Refusal | undefined;

export function createAdmission(listener: ListenerSettings): RequestLimit {
  const listensEverywhere = ['0.0.0.0', '::', ''].includes(listener.host);
  const names = new Set(['localhost', '127.0.0.1', '[::1]', ...(listener.hostNames ?? [])]);
  if (!listensEverywhere) names.add(isIP(listener.host) === 6 ? `[${listener.host}]` : listener.host);
  const known = new Set([...names].map((name) => name.toLowerCase()));
  // Of any port: a tunnel or a container's mapping has another than the listener.
  const isKnown = (host: string): boolean => {
    const name = withoutPort(host.toLowerCase());
    return known.has(name) || (listensEverywhere && isAddress(name));
  };

  return (request) => {
    const { host, origin } = request.headers;
    if (host === undefined || !isKnown(host)) {
      return {
        code: 'foreign-host',
        detail: 'Without auth, the Hub answers only to the address it listens on and to localhost.',
        hint: 'Use its address, or configure auth: in stk.yaml.',
      };
    }
    if (origin === undefined || isOwnOrigin(origin, host)) return undefined;
    return {
      code: 'cross-origin',
      detail: 'Without auth, requests that a page of another origin sends are refused.',
      hint: 'Configure auth: in stk.yaml, or call from a program instead of a page.',
    };
  };
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

/** A literal address cannot be rebound by a foreign name server. */
function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

function isOwnOrigin(origin: string, host: string): boolean {
  return origin.toLowerCase() === `http://${host.toLowerCase()}`;
}
