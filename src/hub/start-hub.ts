// The Hub's HTTP server: one node:http server, the data plane in front, Express behind it, orderly shutdown. Builds
// nothing real itself: the reconciler's state, the clock, secrets and the logger are handed in.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { asStkError, StkError } from '../kernel/errors.ts';
import type { Clock } from '../kernel/clock.ts';
import type { HubState } from '../reconciler/hub-state.ts';
import { createAdmission } from './http/admission.ts';
import { AuthKeeper } from './auth/auth-keeper.ts';
import { createKeySetFetcher } from './auth/fetch-key-set.ts';
import { BodyBudget } from './http/body-budget.ts';
import { CallLimiter } from './data-plane/call-limiter.ts';
import { answerClientError } from './http/client-error.ts';
import { createControlPlane } from './control/control-plane.ts';
import { DataPlane } from './data-plane/data-plane.ts';
import { createDispatcher } from './http/dispatch.ts';
import { createRequestIds, Exchange } from './http/exchange.ts';
import { defaultHubLimits, type HubLimits } from './http/hub-limits.ts';
import { type ListenerSettings, refuseListener } from './http/listener.ts';
import type { HubMetrics } from './metrics.ts';
import { refusalOf } from './http/refusal.ts';

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
  /** Told to whoever may read the control plane: the `db` commands look for the embedded database there. */
  readonly stateDirectory?: string;
}

export interface RunningHub {
  readonly address: { readonly host: string; readonly port: number };
  /** http://HOST:PORT, to be asked from this machine. */
  readonly url: string;
  /** Takes no more connections, lets calls in flight finish within limits.shutdownTimeout, then cuts the rest. */
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
  const report = (error: unknown, exchange: Exchange): void => {
    logger.error(
      { err: error, requestId: exchange.id, path: exchange.path },
      'a request failed unexpectedly',
    );
  };

  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: limits.timeoutCheck,
    // Node would answer by itself, without an id and without a problem document; `answer` refuses it below.
    requireHostHeader: false,
  });
  server.maxConnections = limits.connections;
  const nextId = createRequestIds();
  server.on('clientError', answerClientError(nextId));
  const address = await listen(server, listener);

  const limiter = new CallLimiter(limits);
  const budget = new BodyBudget(limits.heldBodies);
  const dispatch = createDispatcher({
    state,
    auth,
    metrics,
    admit: createAdmission(listener),
    dataPlane: new DataPlane({ state, auth, limits, budget, limiter, metrics, report }),
    controlPlane: createControlPlane({
      state,
      auth,
      limits,
      budget,
      logger,
      secret,
      pinnedWebhook: listener.pinnedWebhook,
      report,
      stateDirectory: deps.stateDirectory,
    }),
    report,
  });
  let closing: Promise<void> | undefined;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    // A connection that was kept alive must not be reused while the Hub stops.
    if (closing !== undefined) response.shouldKeepAlive = false;
    const exchange = new Exchange(request, response, nextId(request));
    const hosts = countHosts(request.rawHeaders);
    if (hosts > 1 || (hosts === 0 && request.httpVersion === '1.1')) {
      request.resume();
      exchange.sendProblem({
        code: 'malformed',
        detail: 'An HTTP/1.1 request must have the header Host, and no request may have two.',
      });
      return;
    }
    try {
      dispatch(exchange);
    } catch (error) {
      report(error, exchange);
      exchange.sendProblem(refusalOf(asStkError(error)));
    }
  };
  server.on('request', answer);
  // Expectations other than 100-continue, which node would refuse without a word: nothing here depends on them.
  server.on('checkExpectation', answer);
  return {
    address,
    url: `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`,
    close: () => (closing ??= closeServer(server, limits.shutdownTimeout)),
  };
}

function listen(
  server: Server,
  { host, port }: ListenerSettings,
): Promise<{ readonly host: string; readonly port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'something listens there already' : error.message;
      const options = { hint: 'Choose another with --listen HOST:PORT.', cause: error };
      reject(new StkError('usage', `cannot listen on ${host}:${port}: ${why}`, options));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      const bound = server.address();
      resolve({ host, port: typeof bound === 'object' && bound !== null ? bound.port : port });
    });
  });
}

/** node keeps the first of several and says nothing. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') count += 1;
  return count;
}

/** Resolves when the last connection is gone. */
async function closeServer(server: Server, timeout: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // Connections that become idle later are closed as their last answer is sent (shouldKeepAlive is false by then, but
  // not for answers that were begun before), so idle ones are swept until all are gone.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), timeout);
  server.closeIdleConnections();
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
