// The Hub's HTTP server: one node:http server, the data plane first, then Express, with an orderly shutdown. It gets
// the reconciler's state, the clock, secrets and the logger as parameters.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { builtUrl } from '../kernel/worker-url.ts';
import type { Clock } from '../kernel/clock.ts';
import type { HubState } from '../reconciler/hub-state.ts';
import { createAdmission } from './http/admission.ts';
import { AuthKeeper } from './auth/auth-keeper.ts';
import { createKeySetFetcher } from './auth/fetch-key-set.ts';
import { EventFeed } from './live/event-feed.ts';
import { StatusFeed } from './live/status-feed.ts';
import { BodyBudget } from './http/body-budget.ts';
import { CallLimiter } from './data-plane/call-limiter.ts';
import { answerClientError } from './http/client-error.ts';
import { createControlPlane } from './control/control-plane.ts';
import { DataPlane } from './data-plane/data-plane.ts';
import { limitConnections } from './http/connection-limit.ts';
import { createDashboard } from './http/dashboard.ts';
import { answerFailure, createDispatcher } from './http/dispatch.ts';
import { createRequestIds, Exchange } from './http/exchange.ts';
import { defaultHubLimits, type HubLimits } from './http/hub-limits.ts';
import { type ListenerSettings, refuseListener } from './http/listener.ts';
import { closeServer, listen, type ListenAddress } from './http/open-server.ts';
import { openMetricsListener } from './metrics-listener.ts';
import type { HubMetrics } from './metrics.ts';
import { normalizeTarget } from './http/request-target.ts';
import { createFailureLog } from './failure-log.ts';

export interface HubDependencies {
  readonly state: HubState;
  readonly listener: ListenerSettings;
  readonly metrics: HubMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Value of an environment variable: token and webhook secrets. */
  readonly secret: (name: string) => string | undefined;
  /** Fetches a key set; by default over HTTP. */
  readonly fetchKeySet?: (url: string) => Promise<unknown>;
  readonly limits?: Partial<HubLimits>;
  /** Of package.json. */
  readonly version: string;
  /** An address that serves only `/metrics`, without authentication; `undefined` for none. */
  readonly metricsListener?: ListenAddress | undefined;
  /** Most file descriptors for this process; `undefined` when no limit is known. */
  readonly openFiles?: number | undefined;
  /** Shown to callers who may read the control plane: the `db` commands look for the embedded database there. */
  readonly stateDirectory?: string;
}

export interface RunningHub {
  readonly address: ListenAddress;
  readonly metricsAddress: ListenAddress | undefined;
  /** http://HOST:PORT, for requests from this machine. */
  readonly url: string;
  /** Accepts no more connections, lets calls in flight finish within limits.shutdownTimeout, then cuts the rest. */
  close(): Promise<void>;
}

/** Rejects with `insecure-listener`, `secret-unset`, or `usage` when the address cannot be listened on. */
export async function startHub(deps: HubDependencies): Promise<RunningHub> {
  const { state, listener, logger, secret, metrics } = deps;
  const limits: HubLimits = { ...defaultHubLimits, ...deps.limits };
  const insecure = refuseListener(state.project(), listener);
  if (insecure !== undefined) throw insecure;
  const auth = new AuthKeeper(
    {
      clock: deps.clock,
      secret,
      fetchKeySet:
        deps.fetchKeySet ?? createKeySetFetcher({ allowPrivate: listener.allowPrivateJwks === true }),
      reportUnusable: (error) =>
        logger.error({ err: error }, 'the auth settings cannot be used: every token is refused'),
      reportOutage: (error) => logger.warn({ err: error }, 'the key set for tokens cannot be fetched'),
    },
    listener.pinnedAuth,
    () => state.project(),
  );
  const tellFailure = createFailureLog(logger, deps.clock);

  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: limits.timeoutCheck,
    // Otherwise node would answer without an id and without a problem document; `answer` refuses it below.
    requireHostHeader: false,
  });
  const connections = limitConnections(limits.connections, deps.openFiles, state.project());
  // Streams have descriptors beside those for calls, as far as there are any.
  const descriptors = limitConnections(
    limits.connections + limits.listeners,
    deps.openFiles,
    state.project(),
  );
  const listeners = Math.min(limits.listeners, Math.floor(descriptors / 2));
  const feed = new EventFeed(deps.clock, { listeners, heartbeat: limits.heartbeat }, (open) => {
    server.maxConnections = Math.min(descriptors, connections + open);
  });
  const statuses = new StatusFeed(state, feed);
  server.maxConnections = connections;
  if (connections < limits.connections)
    logger.warn(
      { openFiles: deps.openFiles, connections, wanted: limits.connections },
      'the limit on open files allows fewer connections: raise it (ulimit -n) to take more',
    );
  server.on('drop', () => metrics.connectionDropped());
  let open = 0;
  server.on('connection', (socket) => {
    open += 1;
    socket.once('close', () => (open -= 1));
  });
  metrics.watch({ state, version: deps.version, connections: () => ({ open, most: connections }) });
  const nextId = createRequestIds();
  server.on('clientError', answerClientError(nextId));
  const address = await listen(server, listener, '--listen');
  const { metricsListener } = deps;
  const scraped = await openMetricsListener(metricsListener, metrics).catch(async (error: unknown) => {
    await closeServer(server, 0);
    throw error;
  });

  const limiter = new CallLimiter(limits);
  const budget = new BodyBudget(limits.heldBodies);
  const dispatch = createDispatcher({
    state,
    auth,
    metrics,
    version: deps.version,
    admit: createAdmission(listener),
    dashboard: createDashboard(builtUrl('ui/')),
    dataPlane: new DataPlane({ state, auth, limits, budget, limiter, metrics }),
    controlPlane: createControlPlane({
      state,
      auth,
      limits,
      budget,
      clock: deps.clock,
      logger,
      secret,
      pinnedWebhook: listener.pinnedWebhook,
      stateDirectory: deps.stateDirectory,
      live: { feed, statuses },
    }),
  });
  let closing: Promise<void> | undefined;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    // A kept-alive connection must not be reused while the Hub stops.
    if (closing !== undefined) response.shouldKeepAlive = false;
    const hasTarget = normalizeTarget(request);
    const exchange = new Exchange(request, response, nextId(request), tellFailure);
    const hosts = countHosts(request.rawHeaders);
    if (hosts > 1 || (hosts === 0 && request.httpVersion === '1.1')) {
      request.resume();
      exchange.sendProblem({
        code: 'malformed',
        detail: 'An HTTP/1.1 request must have the header Host, and no request may have two.',
      });
      return;
    }
    if (!hasTarget) {
      request.resume();
      exchange.sendProblem({ code: 'malformed', detail: 'The request target is neither a path nor a URL.' });
      return;
    }
    try {
      dispatch(exchange);
    } catch (error) {
      answerFailure(exchange, error);
    }
  };
  server.on('request', answer);
  // The code that reads the body requests it. After an earlier refusal it is unknown whether the body will come: the
  // connection ends.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false;
    answer(request, response);
  });
  // Expectations other than 100-continue, which node would refuse without an answer: nothing here depends on them.
  server.on('checkExpectation', answer);
  const closeAll = async (): Promise<void> => {
    statuses.close();
    await Promise.all([feed.close(), closeServer(server, limits.shutdownTimeout), scraped?.close()]);
  };
  return {
    address,
    url: `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`,
    metricsAddress: scraped?.address,
    close: () => (closing ??= closeAll()),
  };
}

/** node silently keeps the first of several. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') count += 1;
  return count;
}
