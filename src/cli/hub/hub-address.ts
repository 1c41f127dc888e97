// Where the Hub is, and whether the operator's token may go there: only to a Hub that the operator names, never to
// one that a file in the repo names, and never in the clear over a network.
import { StkError } from '../../kernel/errors.ts';
import type { CliEnvironment } from '../process-environment.ts';

export const defaultHub = 'http://127.0.0.1:8080';

export interface HubAddress {
  /** Without a trailing slash. */
  readonly url: string;
  readonly token: string | undefined;
  /** For people: which of the places named it. */
  readonly namedBy: '--hub' | 'STK_HUB' | 'stk.yaml' | 'default';
}

/** --hub, STK_HUB, `hub:` of stk.yaml, the default; in this order. Throws `usage`. */
export function resolveHubAddress(
  option: string | undefined,
  environment: Pick<CliEnvironment, 'hub' | 'token'>,
  project: string | undefined,
): HubAddress {
  const [given, namedBy] = firstGiven(option, environment.hub, project);
  const url = parseAddress(given, namedBy);
  const isNamedByOperator = namedBy === '--hub' || namedBy === 'STK_HUB';
  const token = isNamedByOperator ? environment.token : undefined;
  if (token !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new StkError('usage', `STK_TOKEN would go to ${url.origin} unencrypted`, {
      hint: 'Name the Hub by an https:// address, or unset STK_TOKEN.',
    });
  }
  return { url: url.href.replace(/\/+$/, ''), token, namedBy };
}

function firstGiven(
  option: string | undefined,
  variable: string | undefined,
  project: string | undefined,
): readonly [string, HubAddress['namedBy']] {
  if (option !== undefined) return [option, '--hub'];
  if (variable !== undefined) return [variable, 'STK_HUB'];
  if (project !== undefined) return [project, 'stk.yaml'];
  return [defaultHub, 'default'];
}

function parseAddress(text: string, namedBy: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isUsable =
    url !== undefined &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '';
  if (isUsable) return url;
  throw new StkError('usage', `${namedBy} does not name a Hub: ${JSON.stringify(redacted(text))}`, {
    hint: `Give an address such as ${defaultHub}, without credentials; a token goes into STK_TOKEN.`,
  });
}

function redacted(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//…@').slice(0, 200);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Whether an address names this machine. */
export function isLoopbackAddress(address: string): boolean {
  return isLoopback(new URL(address).hostname);
}
