// The common parts of the control plane: Express finds the route; rights, bodies, replies and the one log line per
// write are handled here for every route.
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Clock } from '../../kernel/clock.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import type { AuthSettings, Project } from '../../model/project.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import type { AuthKeeper } from '../auth/auth-keeper.ts';
import type { Caller } from '../auth/caller.ts';
import type { BodyBudget } from '../http/body-budget.ts';
import type { ControlRoute } from './control-route.ts';
import { createControlRoutes } from './control-routes.ts';
import { type ControlRight, type Reply, requireProject } from './control-request.ts';
import type { Exchange } from '../http/exchange.ts';
import type { HubLimits } from '../http/hub-limits.ts';
import type { Live } from '../live/status-feed.ts';
import { readJsonObject, readWhole, Refused } from './read-control-body.ts';
import { type Refusal, refusalOf } from '../http/refusal.ts';
import { isSigned } from './webhook.ts';

export interface ControlPlaneDependencies {
  readonly state: HubState;
  readonly auth: AuthKeeper;
  readonly limits: HubLimits;
  readonly budget: BodyBudget;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secret: (name: string) => string | undefined;
  /** Webhook settings that no commit can change; `undefined` for the project's. */
  readonly pinnedWebhook?: Project['webhook'];
  readonly stateDirectory: string | undefined;
  readonly live: Live;
}

export interface ControlPlane {
  handle(exchange: Exchange): void;
  /** Whether the caller holds `right`; otherwise the refusal. Also for /metrics. */
  authorize(exchange: Exchange, right: ControlRight): Promise<Permission>;
}

type Permission =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

type Run = (exchange: Exchange, params: Request['params']) => Promise<Reply>;

const syncPath = '/api/v1/projects/:project/sync';

export function createControlPlane(deps: ControlPlaneDependencies): ControlPlane {
  const { state, auth, limits, budget, logger } = deps;
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  let changesAtWork = 0;

  const authorize = async (exchange: Exchange, right: ControlRight): Promise<Permission> => {
    const { settings, authenticator } = auth.current();
    const known = await authenticator.authenticate(exchange.request.headers);
    if (known.kind === 'refused' || settings === undefined) return known;
    if (rightsOf(settings, known.caller).includes(right)) return known;
    const detail = `This needs a role of auth.control.${right}, and the token has none of them.`;
    return { kind: 'refused', refusal: { code: 'forbidden', detail } };
  };

  const requireRight = async (exchange: Exchange, right: ControlRight): Promise<Caller> => {
    const permission = await authorize(exchange, right);
    if (permission.kind === 'refused') throw new Refused(permission.refusal);
    exchange.actor = permission.caller.subject;
    return permission.caller;
  };

  const answer = async (
    exchange: Exchange,
    params: Request['params'],
    route: ControlRoute,
  ): Promise<Reply> => {
    const caller = await requireRight(exchange, route.right);
    const body =
      route.method === 'POST'
        ? await readJsonObject(exchange, { limit: route.bodyLimit, budget }, limits.jsonDepth)
        : {};
    const { headers } = exchange.request;
    const rights = rightsOf(auth.current().settings, caller);
    const query = queryOf(exchange.request);
    const request = { params: plainParams(params), query, body, caller, headers, rights };
    if (!route.isHeavy) return route.handle(request);
    if (changesAtWork >= limits.concurrentChanges) {
      const detail = `The Hub is at its limit of ${limits.concurrentChanges} concurrent checks and changes.`;
      throw new Refused({ code: 'too-many-requests', detail });
    }
    changesAtWork += 1;
    try {
      return await route.handle(request);
    } finally {
      changesAtWork -= 1;
    }
  };

  const sync = async (exchange: Exchange, params: Request['params']): Promise<Reply> => {
    const webhook = deps.pinnedWebhook ?? state.project().webhook;
    const signature = exchange.request.headers['x-hub-signature-256'];
    const isWebhook = webhook !== undefined && typeof signature === 'string';
    if (isWebhook) {
      exchange.actor = 'webhook';
      const secret = deps.secret(webhook.secretFrom) ?? '';
      if (!(await isSigned(exchange, { secret, signature, limit: limits.webhookBody })))
        throw new Refused({ code: 'unauthenticated', detail: "The webhook's signature does not verify." });
    } else {
      await requireRight(exchange, 'read');
      await readWhole(exchange, { limit: limits.controlBody, budget });
    }
    requireProject(state, plainParams(params)['project']);
    const fetched = state.sync();
    // A webhook's sender does not wait; a person or the CLI gets the answer after the fetch was processed.
    const synced = isWebhook ? false : await settlesWithin(fetched, limits.syncTimeout);
    if (!synced)
      fetched.catch((error: unknown) =>
        logger.error({ err: error, requestId: exchange.id }, 'a sync failed after its answer'),
      );
    return { status: 202, body: { synced, observedRevision: state.observedRevision() ?? null } };
  };

  const respond = async (
    exchange: Exchange,
    { method, params }: Request,
    work: () => Promise<Reply>,
  ): Promise<void> => {
    const environment = plainParams(params)['environment'];
    exchange.active = environment === undefined ? undefined : state.table.stable(environment);
    if (exchange.active !== undefined) exchange.environment = environment;
    try {
      const reply = await work();
      // This request may have changed what is served.
      if (exchange.environment !== undefined) exchange.active = state.table.stable(exchange.environment);
      if ('lines' in reply) await exchange.sendLines(reply.status, reply.lines);
      else if ('listen' in reply) {
        if (exchange.openEventStream(reply.status))
          reply.listen(exchange.response, async () => (await authorize(exchange, 'read')).kind === 'caller');
      } else if ('notModified' in reply) exchange.sendNotModified(reply.notModified);
      else exchange.sendJson(reply.status, JSON.stringify(reply.body), reply.headers);
    } catch (error) {
      const refusal = error instanceof Refused ? error.refusal : refusalOf(asStkError(error));
      if (refusal.code === 'internal') exchange.failure = error;
      exchange.request.resume();
      // A caller without rights learns nothing, not even whether the environment exists.
      const isKnown =
        !['unauthenticated', 'forbidden'].includes(refusal.code) &&
        environment !== undefined &&
        state.environments().includes(environment);
      exchange.sendProblem(
        isKnown ? { ...refusal, environment: refusal.environment ?? environment } : refusal,
      );
    }
    if (method !== 'GET' && method !== 'HEAD') {
      logger.info(
        {
          requestId: exchange.id,
          path: exchange.path,
          environment: exchange.environment,
          actor: exchange.actor ?? 'open mode',
          status: exchange.response.statusCode,
          code: exchange.refusedWith ?? 'ok',
          durationMs: Math.round(performance.now() - exchange.startedAt),
        },
        'control plane write',
      );
    }
  };

  const app = createApp();
  const mount = (path: string, runs: ReadonlyMap<string, Run>): void => {
    const methods = [...runs.keys()];
    const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    app.all(path, async (request: Request) => {
      const exchange = exchangeOf(exchanges, request);
      const run = runs.get(request.method === 'HEAD' ? 'GET' : request.method);
      if (run === undefined) refuseMethod(exchange, allow);
      else await respond(exchange, request, () => run(exchange, request.params));
    });
  };
  mount(syncPath, new Map([['POST', sync]]));
  const routes = createControlRoutes(deps);
  for (const path of new Set(routes.map((route) => route.path))) {
    const runs = routes
      .filter((route) => route.path === path)
      .map((route): [string, Run] => [route.method, (exchange, params) => answer(exchange, params, route)]);
    mount(path, new Map(runs));
  }
  app.use((request: Request) => refuseRoute(exchangeOf(exchanges, request)));
  app.use((error: unknown, request: Request, _response: Response, _next: NextFunction) => {
    const exchange = exchangeOf(exchanges, request);
    // Express itself only fails on a path that cannot be decoded.
    if (error instanceof URIError || (error instanceof Error && 'status' in error && error.status === 400))
      exchange.sendProblem({ code: 'malformed', detail: 'The path has a broken percent encoding.' });
    else {
      exchange.failure = error;
      exchange.sendProblem(refusalOf(asStkError(error)));
    }
  });

  return {
    authorize,
    handle(exchange) {
      exchanges.set(exchange.request, exchange);
      app(exchange.request, exchange.response);
    },
  };
}

/** Without auth, callers cannot be distinguished: every caller may do everything that needs no name. */
function rightsOf(settings: AuthSettings | undefined, { roles }: Caller): readonly ControlRight[] {
  if (settings === undefined) return ['read', 'write'];
  const { read, write, evidence } = settings.control;
  const lists = { read: [...read, ...write], write, evidence };
  return controlRights.filter((right) => lists[right].some((role) => roles.includes(role)));
}

const controlRights = ['read', 'write', 'evidence'] as const;

export function refuseRoute(exchange: Exchange): void {
  exchange.request.resume();
  exchange.sendProblem({
    code: 'unknown-route',
    detail: 'The Hub has no such route.',
    hint: 'docs/http-api.md lists them; the control plane begins with /api/v1.',
  });
}

export function refuseMethod(exchange: Exchange, allow: string): void {
  exchange.request.resume();
  const detail = `This route answers ${allow}.`;
  exchange.sendProblem({ code: 'method-not-allowed', detail, headers: ['Allow', allow] });
}

function createApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.set('query parser', false);
  return app;
}

function exchangeOf(exchanges: WeakMap<IncomingMessage, Exchange>, request: IncomingMessage): Exchange {
  const exchange = exchanges.get(request);
  if (exchange === undefined)
    throw new StkError('internal', 'a request reached Express without its exchange');
  return exchange;
}

function plainParams(params: Request['params']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? value : '']),
  );
}

function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? '';
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}

/** Whether the promise resolved within `ms`; rejects as it does. The timer ends with the wait. */
async function settlesWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
