// Which part of the Hub answers a request, and whether it is accepted at all.
import { asStkError } from '../../kernel/errors.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import type { RequestLimit } from './admission.ts';
import type { AuthKeeper } from '../auth/auth-keeper.ts';
import { type ControlPlane, refuseMethod, refuseRoute } from '../control/control-plane.ts';
import type { DataPlane } from '../data-plane/data-plane.ts';
import { matchDataRoute, resolveTarget } from '../data-plane/data-route.ts';
import type { Dashboard } from './dashboard.ts';
import type { Exchange } from './exchange.ts';
import { answerHealth, isHealthPath } from '../health.ts';
import { isLoopback } from './listener.ts';
import { refusalOf } from './refusal.ts';
import type { HubMetrics } from '../metrics.ts';

export interface DispatchDependencies {
  readonly state: HubState;
  readonly auth: AuthKeeper;
  readonly metrics: HubMetrics;
  readonly version: string;
  readonly admit: RequestLimit;
  readonly dataPlane: Pick<DataPlane, 'answer'>;
  readonly controlPlane: ControlPlane;
  readonly dashboard: Dashboard;
}

export function createDispatcher(deps: DispatchDependencies): (exchange: Exchange) => void {
  const { state, auth, admit, dataPlane, controlPlane, dashboard, version } = deps;
  return (exchange) => {
    const { path, request } = exchange;
    const { method } = request;
    const route = matchDataRoute(path);
    if (isHealthPath(path)) {
      if (isRead(method)) answerHealth(exchange, state, version);
      else refuseMethod(exchange, 'GET, HEAD');
      return;
    }
    const target = route === undefined ? undefined : resolveTarget(state, route, request.headers);
    if (target?.kind === 'target') {
      // Known from here on, so that every refusal names the served release, which /health shows to everybody anyway.
      exchange.environment = target.environment;
      exchange.active = state.table.stable(target.environment);
    }
    const refusal = auth.current().settings === undefined ? admit(request) : undefined;
    if (refusal !== undefined) {
      request.resume();
      exchange.sendProblem(refusal);
    } else if (route !== undefined && target !== undefined) {
      if (route.action === 'call' ? method === 'POST' : isRead(method))
        dataPlane.answer(exchange, route, target);
      else refuseMethod(exchange, route.action === 'call' ? 'POST' : 'GET, HEAD');
    } else if (path === '/metrics') {
      if (isRead(method))
        answerMetrics(exchange, deps).catch((error: unknown) => answerFailure(exchange, error));
      else refuseMethod(exchange, 'GET, HEAD');
    } else if (path.startsWith('/api/')) controlPlane.handle(exchange);
    else if (isRead(method) && dashboard.serves(exchange))
      dashboard.answer(exchange).catch((error: unknown) => answerFailure(exchange, error));
    else refuseRoute(exchange);
  };
}

async function answerMetrics(
  exchange: Exchange,
  { controlPlane, metrics }: Pick<DispatchDependencies, 'controlPlane' | 'metrics'>,
): Promise<void> {
  if (!isFromThisMachine(exchange)) {
    const permission = await controlPlane.authorize(exchange, 'read');
    if (permission.kind === 'refused') {
      exchange.sendProblem(permission.refusal);
      return;
    }
  }
  exchange.sendText(200, metrics.contentType, await metrics.render());
}

/** A proxy on this machine forwards for others; its requests are not local. */
function isFromThisMachine({ request }: Exchange): boolean {
  const { headers, socket } = request;
  if (Object.keys(headers).some((name) => proxyHeader.test(name))) return false;
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  return isLoopback(host) && isLoopback((socket.remoteAddress ?? '').replace(/^::ffff:/, ''));
}

const proxyHeader =
  /^(via|forwarded|x-real-ip|x-forwarded-.*|x-client-ip|x-cluster-client-ip|true-client-ip|cf-.*)$/;

/** For a request with an unexpected failure; the log has the details. */
export function answerFailure(exchange: Exchange, error: unknown): void {
  exchange.failure = error;
  exchange.sendProblem(refusalOf(asStkError(error)));
}

function isRead(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD';
}
