// The Hub's control plane over HTTP, for the commands. Every call has a time limit; only reads are repeated.
import type { Clock } from '../../kernel/clock.ts';
import { StkError } from '../../kernel/errors.ts';
import { openHttpExchange, type HttpAnswer, type HttpExchange } from './http-exchange.ts';
import type { HubAddress } from './hub-address.ts';
import {
  readCheck,
  readEnvironment,
  readEnvironments,
  readHistory,
  readProjects,
  readReleaseSummary,
  readReleases,
  type CheckAnswer,
  type EnvironmentAnswer,
  type HistoryAnswer,
  type ProjectAnswer,
  type ReleaseAnswer,
  type ReleaseSummaryAnswer,
} from './hub-answers.ts';
import { type AutoAnswer, readAuto } from './auto-answer.ts';
import { type CanaryAnswer, readCanary } from './canary-answer.ts';
import { type GatesAnswer, readGates } from './gates-answer.ts';
import { type HubMessage, readEventStream } from './event-stream.ts';
import { asUnavailable, bodyOf, notAHub } from './judge-answer.ts';
import {
  type NotificationAnswer,
  type NotificationsAnswer,
  readNotifications,
  readRetried,
} from './notifications-answer.ts';
import { type OpenapiAnswer, readOpenapi } from './openapi-answer.ts';
import { readSmokeAnswer, type SmokeAnswer } from './smoke-answer.ts';
import { readTargetAnswer, type TargetAnswer, type TargetKind } from './target-answer.ts';
import { readMatrixAnswer, type MatrixAnswer } from './matrix-answer.ts';

/** Milliseconds. A check may wait for a database that was just created. */
const timeouts = { read: 10_000, check: 60_000, sync: 60_000, smoke: 600_000 } as const;
const readAttempts = 3;

/** A pointer is about to name the release, forwards (`move`) or back. The Hub prepares to serve it. */
export type CheckPurpose = 'move' | 'rollback';

export type CheckSubject = { readonly release: string } | { readonly document: string };

/** Every function throws StkError: the problem that the Hub reports, or `hub-unavailable`. */
export interface HubClient {
  readonly address: HubAddress;
  /** The client for the Hub that serves this environment. */
  of(environment: string): HubClient;
  projects(): Promise<readonly ProjectAnswer[]>;
  environments(project: string): Promise<readonly EnvironmentAnswer[]>;
  environment(project: string, environment: string): Promise<EnvironmentAnswer>;
  history(project: string, environment: string, limit: number): Promise<HistoryAnswer>;
  releases(
    project: string,
    query: { environment?: string; limit?: number },
  ): Promise<readonly ReleaseAnswer[]>;
  /** Throws `unknown-release`, `release-invalid`. */
  release(project: string, release: string): Promise<ReleaseSummaryAnswer>;
  /** Returns when no finding blocks; otherwise throws `incompatible`, `indeterminate`, … */
  check(
    project: string,
    environment: string,
    subject: CheckSubject,
    purpose?: CheckPurpose,
  ): Promise<CheckAnswer>;
  /** Which of the newest `limit` releases fit now. Throws `indeterminate`, `database-unavailable`. */
  matrix(project: string, environment: string, limit: number): Promise<MatrixAnswer>;
  /** Which release the environment can roll back to. */
  rollbackTarget(project: string, environment: string, kind: TargetKind): Promise<TargetAnswer>;
  /** Runs the smoke tests, of the served release or of `release`. */
  smoke(project: string, environment: string, release: string | undefined): Promise<SmokeAnswer>;
  /** May the release enter the environment? `author`: mail address of the person who would move it. */
  gates(
    project: string,
    environment: string,
    query: { release?: string | undefined; author?: string | undefined },
  ): Promise<GatesAnswer>;
  /** OpenAPI of the operations that the caller may call, of the served release or of `release`. Throws `not-active`. */
  openapi(project: string, environment: string, release: string | undefined): Promise<OpenapiAnswer>;
  /** Notifications that were not acknowledged. */
  notifications(project: string): Promise<NotificationsAnswer>;
  /** Sends abandoned notifications again: one, or all. */
  retryNotifications(project: string, id: string | undefined): Promise<readonly NotificationAnswer[]>;
  canary(project: string, environment: string): Promise<CanaryAnswer>;
  /** Throws `unknown-environment` when nothing is promoted automatically. */
  auto(project: string, environment: string): Promise<AutoAnswer>;
  /** Returns the canary's new state. Throws `conflict` when no canary runs, or it is promoted already. */
  askCanary(
    project: string,
    environment: string,
    asked: { readonly what: 'pause' | 'resume' | 'abort'; readonly reason: string },
  ): Promise<CanaryAnswer>;
  /** Makes the Hub check its ref, and fetch when it is a URL. */
  sync(project: string): Promise<void>;
  /**
   * The Hub's live messages, until `signal` aborts. `after`: id of the last known message. A heartbeat is a message
   * without an event. Throws `hub-unavailable` when the stream ends.
   */
  events(query: EventsQuery): AsyncIterable<HubMessage>;
  /** Closes the connections. */
  close(): Promise<void>;
}

export interface EventsQuery {
  readonly environment: string | undefined;
  readonly after: string | undefined;
  readonly signal: AbortSignal;
}

export interface HubClientOptions {
  readonly address: HubAddress;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Connection extends HubClientOptions {
  readonly exchange: () => Promise<HttpExchange>;
  /** The caller has stopped: nothing is asked again. */
  readonly isClosed: () => boolean;
}

interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs: number;
}

export function createHubClient(options: HubClientOptions): HubClient {
  let opened: Promise<HttpExchange> | undefined;
  const exchange = (): Promise<HttpExchange> =>
    (opened ??= openHttpExchange(options.address.url.startsWith('https:')));
  let isClosed = false;
  const connection: Connection = { ...options, exchange, isClosed: () => isClosed };
  const get = (path: string): Promise<unknown> =>
    readWithRetry(connection, { method: 'GET', path, timeoutMs: timeouts.read });
  const post = (path: string, body: unknown, timeoutMs: number): Promise<unknown> =>
    request(connection, { method: 'POST', path, body, timeoutMs });
  const ofProject = (project: string): string => `/api/v1/projects/${encodeURIComponent(project)}`;
  const ofEnvironment = (project: string, environment: string): string =>
    `${ofProject(project)}/environments/${encodeURIComponent(environment)}`;
  const client: HubClient = {
    address: options.address,
    of: () => client,
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
    release: async (project, release) =>
      readReleaseSummary(await get(`${ofProject(project)}/releases/${encodeURIComponent(release)}`)),
    async check(project, environment, subject, purpose) {
      const query = purpose === undefined ? '' : `?purpose=${purpose}`;
      const path = `${ofEnvironment(project, environment)}/check${query}`;
      return readCheck(await post(path, subject, timeouts.check));
    },
    async matrix(project, environment, limit) {
      const path = `${ofEnvironment(project, environment)}/matrix?limit=${limit}`;
      return readMatrixAnswer(await request(connection, { method: 'GET', path, timeoutMs: timeouts.check }));
    },
    async rollbackTarget(project, environment, kind) {
      const path = `${ofEnvironment(project, environment)}/${kind}`;
      return readTargetAnswer(await request(connection, { method: 'GET', path, timeoutMs: timeouts.check }));
    },
    async smoke(project, environment, release) {
      const body = release === undefined ? {} : { release };
      return readSmokeAnswer(
        await post(`${ofEnvironment(project, environment)}/smoke`, body, timeouts.smoke),
      );
    },
    async gates(project, environment, { release, author }) {
      const query = new URLSearchParams();
      if (release !== undefined) query.set('release', release);
      if (author !== undefined) query.set('author', author);
      return readGates(await get(`${ofEnvironment(project, environment)}/gates?${query.toString()}`));
    },
    async openapi(project, environment, release) {
      const query = release === undefined ? '' : `?release=${encodeURIComponent(release)}`;
      const path = `${ofEnvironment(project, environment)}/openapi.json${query}`;
      return readOpenapi(await request(connection, { method: 'GET', path, timeoutMs: timeouts.check }));
    },
    notifications: async (project) => readNotifications(await get(`${ofProject(project)}/notifications`)),
    retryNotifications: async (project, id) =>
      readRetried(
        await post(
          `${ofProject(project)}/notifications/retry`,
          id === undefined ? {} : { id },
          timeouts.read,
        ),
      ),
    auto: async (project, environment) => readAuto(await get(`${ofEnvironment(project, environment)}/auto`)),
    canary: async (project, environment) =>
      readCanary(await get(`${ofEnvironment(project, environment)}/canary`)),
    async askCanary(project, environment, { what, reason }) {
      const path = `${ofEnvironment(project, environment)}/canary/${what}`;
      return readCanary(await post(path, { reason }, timeouts.check));
    },
    sync: async (project) => void (await post(`${ofProject(project)}/sync`, {}, timeouts.sync)),
    events: (query) => listen(connection, query),
    async close() {
      isClosed = true;
      (await opened)?.close();
    },
  };
  return client;
}

async function readWithRetry(options: Connection, read: Request): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request(options, read);
    } catch (error) {
      const mayPass = error instanceof StkError && error.details['again'] === true;
      const isOver = options.signal.aborted || options.isClosed();
      if (!mayPass || attempt === readAttempts || isOver) throw error;
      await options.clock.sleep(150 * attempt * (1 + options.clock.random()), options.signal);
    }
  }
}

async function request(options: Connection, asked: Request): Promise<unknown> {
  const { address, signal } = options;
  const { method, timeoutMs } = asked;
  const hasBody = asked.body !== undefined;
  let answer: HttpAnswer;
  try {
    const exchange = await options.exchange();
    answer = await exchange.send({
      url: address.url + asked.path,
      method,
      timeoutMs,
      signal,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
        ...tokenHeader(address),
      },
      body: hasBody ? JSON.stringify(asked.body) : undefined,
    });
  } catch (error) {
    throw asUnavailable(error, { ...options, ...asked });
  }
  return bodyOf(answer, address);
}

function tokenHeader({ token }: HubAddress): Readonly<Record<string, string>> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

async function* listen(
  options: Connection,
  { environment, after, signal }: EventsQuery,
): AsyncGenerator<HubMessage> {
  const { address } = options;
  const query = environment === undefined ? '' : `?environment=${encodeURIComponent(environment)}`;
  const path = `/api/v1/events${query}`;
  const asked = { method: 'GET', path, timeoutMs: timeouts.read } as const;
  try {
    const exchange = await options.exchange();
    const headers = {
      accept: 'text/event-stream, application/problem+json',
      ...tokenHeader(address),
      ...(after === undefined ? {} : { 'last-event-id': after }),
    };
    const stream = await exchange.open({
      ...asked,
      url: address.url + path,
      headers,
      signal,
      body: undefined,
    });
    const { status, contentType, chunks } = stream;
    if (status === 200 && contentType.startsWith('text/event-stream')) yield* readEventStream(chunks);
    else {
      const parts: Buffer[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      bodyOf({ status, contentType, text: Buffer.concat(parts).toString('utf8') }, address);
      throw notAHub(address, 'it has no stream of events');
    }
  } catch (error) {
    if (signal.aborted) return;
    throw asUnavailable(error, { ...options, ...asked });
  }
  if (!signal.aborted)
    throw asUnavailable(new Error('it ended the stream of events'), { ...options, ...asked });
}
