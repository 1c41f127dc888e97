// The Hub's control plane over HTTP, as the commands ask it. Every call has a time limit; only reads are repeated.
import type { Clock } from '../model/clock.ts';
import { StkError } from '../model/errors.ts';
import type { HubAddress } from './hub-address.ts';
import {
  readCheck,
  readEnvironment,
  readEnvironments,
  readHistory,
  readProblem,
  readProjects,
  readReleases,
  type CheckAnswer,
  type EnvironmentAnswer,
  type ReleaseAnswer,
} from './hub-answers.ts';

/** Milliseconds. A check may wait for a database that has just been made. */
const timeouts = { read: 10_000, check: 60_000, sync: 60_000 } as const;
const readAttempts = 3;
const maxAnswerBytes = 32 * 1024 * 1024;

export type CheckSubject = { readonly release: string } | { readonly document: string };

/** Every function throws StkError: the problem that the Hub reports, or `hub-unavailable`. */
export interface HubClient {
  readonly address: HubAddress;
  projects(): Promise<ReturnType<typeof readProjects>>;
  environments(project: string): Promise<readonly EnvironmentAnswer[]>;
  environment(project: string, environment: string): Promise<EnvironmentAnswer>;
  history(project: string, environment: string, limit: number): Promise<ReturnType<typeof readHistory>>;
  releases(
    project: string,
    query: { environment?: string; limit?: number },
  ): Promise<readonly ReleaseAnswer[]>;
  /** No blocking finding; otherwise it throws `incompatible`, `indeterminate`, … */
  check(project: string, environment: string, subject: CheckSubject): Promise<CheckAnswer>;
  /** Has the Hub look at its ref (and fetch, for a URL). */
  sync(project: string): Promise<void>;
}

export interface HubClientOptions {
  readonly address: HubAddress;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs: number;
}

export function createHubClient(options: HubClientOptions): HubClient {
  const get = (path: string): Promise<unknown> =>
    readWithRetry(options, { method: 'GET', path, timeoutMs: timeouts.read });
  const post = (path: string, body: unknown, timeoutMs: number): Promise<unknown> =>
    request(options, { method: 'POST', path, body, timeoutMs });
  const ofProject = (project: string): string => `/api/v1/projects/${encodeURIComponent(project)}`;
  const ofEnvironment = (project: string, environment: string): string =>
    `${ofProject(project)}/environments/${encodeURIComponent(environment)}`;
  return {
    address: options.address,
    projects: async () => readProjects(await get('/api/v1/projects')),
    environments: async (project) => readEnvironments(await get(`${ofProject(project)}/environments`)),
    environment: async (project, environment) =>
      readEnvironment(await get(ofEnvironment(project, environment))),
    history: async (project, environment, limit) =>
      readHistory(await get(`${ofEnvironment(project, environment)}/history?limit=${limit}`)),
    async releases(project, { environment, limit }) {
      const query = new URLSearchParams();
      if (environment !== undefined) query.set('environment', environment);
      if (limit !== undefined) query.set('limit', String(limit));
      return readReleases(await get(`${ofProject(project)}/releases?${query.toString()}`));
    },
    check: async (project, environment, subject) =>
      readCheck(await post(`${ofEnvironment(project, environment)}/check`, subject, timeouts.check)),
    sync: async (project) => void (await post(`${ofProject(project)}/sync`, {}, timeouts.sync)),
  };
}

async function readWithRetry(options: HubClientOptions, read: Request): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request(options, read);
    } catch (error) {
      const mayPass = error instanceof StkError && error.details['again'] === true;
      if (!mayPass || attempt === readAttempts || options.signal.aborted) throw error;
      await options.clock.sleep(150 * attempt * (1 + options.clock.random()), options.signal);
    }
  }
}

async function request(options: HubClientOptions, asked: Request): Promise<unknown> {
  const { address, signal } = options;
  const url = address.url + asked.path;
  const hasBody = asked.body !== undefined;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: asked.method,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(asked.timeoutMs)]),
      headers: {
        accept: 'application/json, application/problem+json',
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
        ...(address.token === undefined ? {} : { authorization: `Bearer ${address.token}` }),
      },
      ...(hasBody ? { body: JSON.stringify(asked.body) } : {}),
    });
    text = await readLimited(response);
  } catch (error) {
    throw asUnavailable(error, options, asked);
  }
  const body = parseBody(text);
  if (response.ok) {
    if (body !== undefined) return body;
    throw notAHub(address, `its answer is no JSON`);
  }
  const isProblem = response.headers.get('content-type')?.includes('json') === true && body !== undefined;
  if (!isProblem && response.status === 404) throw notAHub(address, 'it answers 404');
  throw readProblem(response.status, body);
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxAnswerBytes) throw new Error(`the answer is larger than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Undefined: no JSON. An empty body (202) is an empty object. */
function parseBody(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // what that means depends on the status: the caller converts it
  }
}

function asUnavailable(error: unknown, options: HubClientOptions, asked: Request): StkError {
  if (error instanceof StkError) return error;
  const { address } = options;
  const cause = read(error, 'cause') ?? error;
  const isTimeout = read(error, 'name') === 'TimeoutError';
  const why = isTimeout ? `no answer within ${asked.timeoutMs / 1000} s` : reasonOf(cause);
  return new StkError('hub-unavailable', `the Hub at ${address.url} cannot be asked: ${why}`, {
    hint: `Start it (stk hub), or name the right one with --hub; ${address.url} comes from ${sourceOf(address)}.`,
    // A refused connection says that nobody listens; other failures of a read may pass.
    details: {
      hub: address.url,
      again: !isTimeout && codeOf(cause) !== 'ECONNREFUSED' && !options.signal.aborted,
    },
    cause: error,
  });
}

function sourceOf(address: HubAddress): string {
  return address.namedBy === 'default' ? 'the default' : address.namedBy;
}

/** fetch's errors need not be of this realm's Error class. */
function read(thrown: unknown, name: 'cause' | 'code' | 'message' | 'name'): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined;
}

function codeOf(cause: unknown): unknown {
  return read(cause, 'code');
}

function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name does not resolve';
  const message = read(cause, 'message');
  return typeof message === 'string' && message !== ''
    ? message
    : typeof code === 'string'
      ? code
      : 'no answer';
}

function notAHub(address: HubAddress, why: string): StkError {
  return new StkError('hub-unavailable', `${address.url} does not look like a stk Hub: ${why}`, {
    hint: `Name the Hub with --hub; this address comes from ${sourceOf(address)}.`,
  });
}
