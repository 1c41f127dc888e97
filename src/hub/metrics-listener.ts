// A separate listener for `/metrics`, so that a scraper on another machine needs no token and reaches nothing else. The
// operator chooses its address.
import { createServer } from 'node:http';
import { createRequestIds, Exchange } from './http/exchange.ts';
import { closeServer, listen, type ListenAddress } from './http/open-server.ts';
import { asStkError } from '../kernel/errors.ts';
import { refusalOf } from './http/refusal.ts';
import type { HubMetrics } from './metrics.ts';

const mostConnections = 32;
/** Milliseconds for a request to arrive, and for a running answer when the Hub stops. */
const requestTimeout = 10_000;
const shutdownTimeout = 1_000;

export interface MetricsListener {
  readonly address: ListenAddress;
  close(): Promise<void>;
}

/** Throws `usage` when the address cannot be listened on. */
export async function openMetricsListener(
  at: ListenAddress | undefined,
  metrics: Pick<HubMetrics, 'contentType' | 'render'>,
): Promise<MetricsListener | undefined> {
  if (at === undefined) return undefined;
  const nextId = createRequestIds();
  const server = createServer({ requestTimeout, headersTimeout: requestTimeout }, (request, response) => {
    const exchange = new Exchange(request, response, nextId(request));
    request.resume();
    if (exchange.path !== '/metrics')
      exchange.sendProblem({ code: 'unknown-route', detail: 'This listener answers /metrics only.' });
    else if (request.method !== 'GET' && request.method !== 'HEAD')
      exchange.sendProblem({
        code: 'method-not-allowed',
        detail: 'This route answers GET, HEAD.',
        headers: ['Allow', 'GET, HEAD'],
      });
    else
      metrics.render().then(
        (text) => exchange.sendText(200, metrics.contentType, text),
        (error: unknown) => exchange.sendProblem(refusalOf(asStkError(error))),
      );
  });
  server.maxConnections = mostConnections;
  const address = await listen(server, at, '--metrics-listen');
  return { address, close: () => closeServer(server, shutdownTimeout) };
}
