// /health and its variants: open to everybody, so they show which release is served, but not why another is not.
import type { HubState } from '../reconciler/hub-state.ts';
import type { Exchange } from './http/exchange.ts';

export function isHealthPath(path: string): boolean {
  return path === '/healthz' || path === '/health' || path === '/health/live' || path === '/health/ready';
}

export function answerHealth(exchange: Exchange, state: HubState, version: string): void {
  if (exchange.path === '/health/live') exchange.sendJson(200, '{"ok":true}');
  else if (exchange.path === '/health/ready') answerReady(exchange, state);
  else exchange.sendJson(200, JSON.stringify(presentHealth(state, version)));
}

function answerReady(exchange: Exchange, state: HubState): void {
  const url = exchange.request.url ?? '';
  const start = url.indexOf('?');
  const environment = new URLSearchParams(start === -1 ? '' : url.slice(start + 1)).get('environment');
  if (environment !== null && !state.environments().includes(environment)) {
    exchange.sendProblem({ code: 'unknown-environment', detail: 'The Hub serves no such environment.' });
  } else if (state.isReady(environment ?? undefined)) {
    exchange.sendJson(200, '{"ready":true}');
  } else {
    exchange.sendProblem({
      code: 'not-active',
      detail: `${environment ?? 'The Hub'} is not ready: its first reconcile has not finished, or nothing serves.`,
      environment: environment ?? undefined,
    });
  }
}

function presentHealth(state: HubState, version: string): unknown {
  return {
    ok: true,
    version,
    ready: state.isReady(),
    project: state.project().project,
    environments: state.environments().map((environment) => {
      const active = state.table.stable(environment);
      return {
        environment,
        ready: state.isReady(environment),
        release: active?.compiled.release.release ?? null,
        revision: active?.revision ?? null,
      };
    }),
  };
}
