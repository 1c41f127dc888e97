// Where the Hub is, and whether the operator's token may be sent there: only to a Hub that the operator names, never to
// one that a file in the repo names, and never unencrypted over a network.
import { StkError } from '../../kernel/errors.ts';
import type { CliEnvironment } from '../process-environment.ts';

export const defaultHub = 'http://127.0.0.1:8080';

export interface HubAddress {
  /** Without a trailing slash. */
  readonly url: string;
  readonly token: string | undefined;
  /** The option, variable or file that named it, for messages. */
  readonly namedBy: string;
}

/** From --hub, STK_HUB, `hub:` of stk.yaml, or the default, in this order. Throws `usage`. */
export function resolveHubAddress(
  option: string | undefined,
  environment: Pick<CliEnvironment, 'hub' | 'token'>,
  project: string | undefined,
): HubAddress {
  const [given, namedBy] = firstGiven(option, environment.hub, project);
  return addressOf(given, namedBy, environment.token);
}

/**
 * The Hub of one environment, when it is named: --hub for all, then STK_HUB_<ENV>, then `environments.E.hub` of
 * stk.yaml. `undefined` for the Hub of {@link resolveHubAddress}. Throws `usage`.
 */
export function resolveEnvironmentHub(
  name: string,
  option: string | undefined,
  environment: Pick<CliEnvironment, 'token' | 'variables'>,
  listed: string | undefined,
): HubAddress | undefined {
  if (option !== undefined) return undefined;
  const suffix = variableSuffix(name);
  const variable = environment.variables[`STK_HUB_${suffix}`] ?? '';
  if (variable !== '') {
    const token = environment.variables[`STK_TOKEN_${suffix}`] || environment.token;
    return addressOf(variable, `STK_HUB_${suffix}`, token);
  }
  return listed === undefined
    ? undefined
    : addressOf(listed, `environments.${name}.hub of stk.yaml`, undefined);
}

/** An environment's name as the suffix of a variable: `eu-west.1` is `EU_WEST_1`. */
function variableSuffix(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

/** Advice for when another Hub serves the environment. */
export function adviseHub(environment: string): string {
  return `Another Hub may serve ${environment}: name it by environments.${environment}.hub in stk.yaml, by the variable STK_HUB_${variableSuffix(environment)}, or with --hub.`;
}

/** `given` gets a token only when the operator named it. */
function addressOf(given: string, namedBy: string, offered: string | undefined): HubAddress {
  const url = parseAddress(given, namedBy);
  const token = isNamedByOperator(namedBy) ? offered : undefined;
  if (token !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new StkError('usage', `STK_TOKEN would go to ${url.origin} unencrypted`, {
      hint: 'Name the Hub by an https:// address, or unset STK_TOKEN.',
    });
  }
  return { url: url.href.replace(/\/+$/, ''), token, namedBy };
}

/** By the command line or a variable, not by a file that a commit can change. */
export function isNamedByOperator(namedBy: string): boolean {
  return namedBy === '--hub' || namedBy.startsWith('STK_HUB');
}

function firstGiven(
  option: string | undefined,
  variable: string | undefined,
  project: string | undefined,
): readonly [string, string] {
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
