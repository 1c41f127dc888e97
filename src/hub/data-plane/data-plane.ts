// The data plane: POST …/call and GET …/config, answered before Express, whose routing alone would cost most of the
// throughput. A call reads the active release once and uses it to the end.
import type { IncomingMessage } from 'node:http';
import type { Json } from '../../kernel/json.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import type { CallOutcome } from '../../serving/call-outcome.ts';
import { executeCall } from '../../serving/execute-call.ts';
import type { ActiveRelease } from '../../serving/serving-table.ts';
import { chooseRelease } from './choose-release.ts';
import { countCall, endOf } from './count-call.ts';
import type { AuthKeeper } from '../auth/auth-keeper.ts';
import type { Authentication, Caller } from '../auth/caller.ts';
import type { BodyBudget } from '../http/body-budget.ts';
import type { CallLimiter } from './call-limiter.ts';
import type { DataRoute, CallTarget } from './data-route.ts';
import type { Exchange } from '../http/exchange.ts';
import type { HubLimits } from '../http/hub-limits.ts';
import type { HubMetrics } from '../metrics.ts';
import { parseJson, readBody, refuseMediaType } from '../http/read-body.ts';
import type { Refusal } from '../http/refusal.ts';

export interface DataPlaneDependencies {
  readonly state: HubState;
  readonly auth: AuthKeeper;
  readonly limits: HubLimits;
  readonly budget: BodyBudget;
  readonly limiter: CallLimiter;
  readonly metrics: Pick<HubMetrics, 'observeCall'>;
}

interface Authenticated {
  readonly route: DataRoute;
  readonly target: CallTarget;
  readonly authentication: Authentication;
}

interface CallBody {
  readonly operation: string;
  readonly input: Json | undefined;
}

/** Read it from top to bottom: the steps of a call, in this order. */
export class DataPlane {
  readonly #deps: DataPlaneDependencies;

  constructor(deps: DataPlaneDependencies) {
    this.#deps = deps;
  }

  /** Answers an action at the request's target; only known callers see why a target is refused. */
  answer(exchange: Exchange, route: DataRoute, target: CallTarget): void {
    const authentication = this.#deps.auth.current().authenticator.authenticate(exchange.request.headers);
    if (!(authentication instanceof Promise)) {
      this.#proceed(exchange, { route, target, authentication });
      return;
    }
    authentication
      .then((known) => this.#proceed(exchange, { route, target, authentication: known }))
      .catch((error: unknown) => this.#fail(exchange, error));
  }

  #proceed(exchange: Exchange, { route, target, authentication }: Authenticated): void {
    if (authentication.kind === 'refused') this.#turnAway(exchange, authentication.refusal);
    else if (target.kind === 'refused') this.#turnAway(exchange, target.refusal);
    else if (route.action === 'call') this.#readCall(exchange, route, { ...target, ...authentication });
    else this.#sendConfig(exchange, target.environment, authentication.caller);
  }

  #readCall(
    exchange: Exchange,
    route: DataRoute,
    { environment, caller }: { readonly environment: string; readonly caller: Caller },
  ): void {
    const { state, limits, budget } = this.#deps;
    const wrongType = refuseMediaType(exchange.request);
    if (wrongType !== undefined) {
      this.#turnAway(exchange, wrongType);
      return;
    }
    readBody(exchange, { limit: state.project().limits.body, budget }, (body) => {
      if (body.kind === 'refused') {
        this.#refuse(exchange, body.refusal);
        return;
      }
      const parsed = parseCall(body.bytes, limits.jsonDepth, route.operation);
      if (parsed.kind === 'refused') this.#refuse(exchange, parsed.refusal);
      else {
        const { operation, input } = parsed;
        const { roles, claims, subject } = caller;
        this.#call(exchange, environment, { operation, input, roles, claims, subject });
      }
    });
  }

  #call(exchange: Exchange, environment: string, request: CallBody & Caller): void {
    const { limiter } = this.#deps;
    // Read again here, not when the headers came: a slow body must not be answered by a replaced release.
    const active = this.#choose(exchange, environment, request.subject);
    if (active === undefined) return;
    const full = limiter.enter(environment);
    if (full !== undefined) {
      this.#refuse(exchange, full);
      return;
    }
    try {
      const outcome = executeCall(active, request);
      if (active.compiled.operations.has(request.operation) && isKnownTo(outcome))
        exchange.operation = request.operation;
      if (!(outcome instanceof Promise)) {
        limiter.leave(environment);
        this.#conclude(exchange, isNobody(request) && isForbidden(outcome) ? namesNoRole : outcome);
        return;
      }
      outcome
        .then((settled) => this.#conclude(exchange, settled))
        .catch((error: unknown) => this.#fail(exchange, error))
        .finally(() => limiter.leave(environment));
    } catch (error) {
      limiter.leave(environment);
      this.#fail(exchange, error);
    }
  }

  #conclude(exchange: Exchange, outcome: CallOutcome): void {
    if (outcome.suspectsDrift === true && exchange.active !== undefined)
      this.#deps.state.noteCallFailure(exchange.active.environment);
    if (outcome.kind === 'done') {
      exchange.sendResult(outcome.result);
      this.#count(exchange);
      return;
    }
    const { sqlstate, cause, suspectsDrift: _suspectsDrift, ...refusal } = outcome;
    exchange.sqlstate = sqlstate;
    exchange.cause = cause;
    this.#refuse(exchange, refusal);
  }

  #sendConfig(exchange: Exchange, environment: string, caller: Caller): void {
    exchange.operation = 'config.read';
    const active = this.#choose(exchange, environment, caller.subject);
    // Only calls are used to judge a canary.
    exchange.counted = undefined;
    if (active === undefined) return;
    if (!active.compiled.isAllowed(caller.roles, 'config.read'))
      this.#refuse(exchange, isNobody(caller) ? namesNoRole : mayNotReadConfig);
    else {
      exchange.sendJson(200, active.compiled.configJson);
      this.#count(exchange);
    }
  }

  /** The one read of what is served; `undefined` when refused. */
  #choose(exchange: Exchange, environment: string, subject: string | undefined): ActiveRelease | undefined {
    const arms = this.#deps.state.table.arms(environment);
    exchange.active = arms?.stable;
    const refused = arms?.split === undefined ? undefined : chooseRelease(exchange, arms.split, subject);
    const { active } = exchange;
    const refusal = refused ?? (active === undefined ? notActive : refuseOther(exchange.request, active));
    if (refusal === undefined) return active;
    this.#refuse(exchange, refusal);
    return undefined;
  }

  /** Before the body was read. */
  #turnAway(exchange: Exchange, refusal: Refusal): void {
    exchange.request.resume();
    this.#refuse(exchange, refusal);
  }

  #fail(exchange: Exchange, error: unknown): void {
    exchange.failure = error;
    const detail = 'Something went wrong inside the Hub; see its log.';
    this.#refuse(exchange, { code: 'internal', detail });
  }

  #refuse(exchange: Exchange, refusal: Refusal): void {
    exchange.sendProblem(refusal);
    this.#count(exchange);
  }

  #count(exchange: Exchange): void {
    const { active } = exchange;
    if (active === undefined) return;
    if (exchange.counted !== undefined) countCall(exchange);
    if (this.#deps.state.table.watch.has(active.environment)) this.#noteWatched(exchange, active);
    const counter = this.#deps.state.table.tally.of(active.environment);
    if (counter !== undefined && exchange.operation !== 'config.read') {
      const { refusedWith, isAnswered, seconds } = exchange;
      countCall({ counted: { counter, group: 0 }, refusedWith, isAnswered, seconds });
    }
    this.#deps.metrics.observeCall({
      environment: active.environment,
      release: active.compiled.release.release,
      operation: exchange.operation ?? '',
      code: exchange.refusedWith ?? 'ok',
      seconds: exchange.seconds,
    });
  }

  /** Reading the config is not a call. */
  #noteWatched(exchange: Exchange, { environment, blob }: ActiveRelease): void {
    const { operation = '', refusedWith, isAnswered } = exchange;
    const end = operation === 'config.read' ? undefined : endOf(refusedWith, isAnswered);
    if (end !== undefined)
      this.#deps.state.table.watch.note({ environment, blob, operation, end, refusedWith });
  }
}

const notActive: Refusal = {
  code: 'not-active',
  detail: 'No release is active in this environment yet.',
  hint: '`stk status` shows what the environment waits for.',
};
const mayNotReadConfig: Refusal = {
  code: 'forbidden',
  detail: "None of the caller's roles may read the config.",
  hint: 'A role needs the permission config.read in the release.',
};

/** For open mode: a token's caller has claims. */
const namesNoRole = {
  kind: 'refused',
  code: 'forbidden',
  detail: 'The request names no role. A caller without a role may do nothing.',
  hint: 'Name a role of the release in the header: Stk-Role: ROLE. A Hub without `auth` accepts it.',
} as const satisfies Refusal & { kind: 'refused' };

function isNobody({ roles, claims }: Pick<Caller, 'roles' | 'claims'>): boolean {
  return roles.length === 0 && claims === undefined;
}

function isForbidden(outcome: CallOutcome): boolean {
  return outcome.kind === 'refused' && outcome.code === 'forbidden';
}

function refuseOther(request: IncomingMessage, active: NonNullable<Exchange['active']>): Refusal | undefined {
  const wanted = request.headers['stk-if-release'];
  if (wanted === undefined || wanted === active.compiled.release.release) return undefined;
  return {
    code: 'other-release',
    detail: `This environment serves ${active.compiled.release.release}, not the release that Stk-If-Release names.`,
  };
}

/** The `operation` in a forbidden caller's answer must not reveal that the name exists. */
function isKnownTo(outcome: CallOutcome | Promise<CallOutcome>): boolean {
  return outcome instanceof Promise || outcome.kind === 'done' || outcome.code !== 'forbidden';
}

/** `named`: the operation in the path. */
function parseCall(
  bytes: Buffer,
  depth: number,
  named: string | undefined,
): ({ readonly kind: 'call' } & CallBody) | { readonly kind: 'refused'; readonly refusal: Refusal } {
  const json = parseJson(bytes, depth);
  if (json.kind === 'refused') return json;
  const { value } = json;
  if (named !== undefined) return { kind: 'call', operation: named, input: value };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return malformed('The body must be a JSON object: {"operation": "…", "input": {…}}.');
  let operation: Json | undefined;
  let input: Json | undefined;
  for (const key of Object.keys(value)) {
    if (key === 'operation') operation = value[key];
    else if (key === 'input') input = value[key];
    else return malformed('The body may have only operation and input.');
  }
  if (typeof operation !== 'string') return malformed('operation must be a string.');
  return { kind: 'call', operation, input };
}

function malformed(detail: string): { readonly kind: 'refused'; readonly refusal: Refusal } {
  return { kind: 'refused', refusal: { code: 'malformed', detail } };
}
