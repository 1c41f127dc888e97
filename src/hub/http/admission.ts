// Open mode's protection against web pages: refuses a page of another origin, or of a name rebound to this address.
// With authentication it does nothing, because a page has no token.
import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import type { ListenerSettings } from './listener.ts';
import type { Refusal } from './refusal.ts';

/** Returns `undefined` for an accepted request. */
export type RequestLimit = (request: IncomingMessage) => Refusal | undefined;

export function createAdmission(listener: ListenerSettings): RequestLimit {
  const listensEverywhere = ['0.0.0.0', '::', ''].includes(listener.host);
  const names = new Set(['localhost', '127.0.0.1', '[::1]', ...(listener.hostNames ?? [])]);
  if (!listensEverywhere) names.add(isIP(listener.host) === 6 ? `[${listener.host}]` : listener.host);
  const known = new Set([...names].map((name) => name.toLowerCase()));
  // For any port: a tunnel or a container's port mapping differs from the listener's.
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

/** A foreign name server cannot rebind a literal address. */
function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

function isOwnOrigin(origin: string, host: string): boolean {
  return origin.toLowerCase() === `http://${host.toLowerCase()}`;
}
