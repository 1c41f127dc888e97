// The input and output of a control plane handler: parsed parts in, a reply out. Handlers do not use Express or
// sockets.
import { StkError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import { parseReason } from '../../promotion/commit-message.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import type { Caller } from '../auth/caller.ts';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

export interface ControlRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** {} for a request without a body. */
  readonly body: JsonObject;
  readonly caller: Caller;
  readonly headers: IncomingHttpHeaders;
  /** What the caller may do in the control plane. */
  readonly rights: readonly ControlRight[];
}

/** The lists of auth.control. */
export type ControlRight = 'read' | 'write' | 'evidence';

export type Reply = { readonly status: number } &
  /** `headers`: name and value alternating. */
  (
    | { readonly body: unknown; readonly headers?: readonly string[] }
    /** 304: the caller has the current version. */
    | { readonly notModified: readonly string[] }
    /** Sent one by one, one JSON value a line. */
    | { readonly lines: AsyncIterable<unknown> }
    /**
     * The headers of an event stream are sent; from then on the listener uses it. `isAllowed`: whether the caller still
     * may.
     */
    | { readonly listen: (response: ServerResponse, isAllowed: () => Promise<boolean>) => void }
  );

export type ControlHandler = (request: ControlRequest) => Reply | Promise<Reply>;

export const maxLimit = 1_000;

/** `?limit=`: 1 to `most`; throws `malformed`. */
export function parseLimit(query: URLSearchParams, fallback: number, most = maxLimit): number {
  const text = query.get('limit');
  if (text === null) return fallback;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= most) return limit;
  throw new StkError('malformed', `limit must be a whole number from 1 to ${most}`);
}

/** `?skip=`: 0 or more; throws `malformed`. */
export function parseSkip(query: URLSearchParams): number {
  const text = query.get('skip') ?? '0';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new StkError('malformed', 'skip must be a whole number');
}

/** Throws `malformed` when the body has an unknown member, or one that is not a string. */
export function parseStrings(body: JsonObject, known: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(body)) {
    if (!known.includes(name)) throw new StkError('malformed', `the body may have only ${known.join(', ')}`);
    if (value === null) continue;
    if (typeof value !== 'string') throw new StkError('malformed', `${name} must be a string`);
    values.set(name, value);
  }
  return values;
}

/** One printable line; throws `malformed`. */
export function readReason(text: string | undefined): string {
  const parsed = parseReason(text);
  if (parsed.kind === 'refused') throw parsed.error;
  if (parsed.reason !== undefined) return parsed.reason;
  throw new StkError('malformed', 'the body must have reason, one line that says why');
}

/** The environment that the path names; throws `unknown-project` or `unknown-environment`. */
export function findEnvironment(state: HubState, { params }: Pick<ControlRequest, 'params'>): string {
  requireProject(state, params['project']);
  return requireEnvironment(state, params['environment'] ?? '');
}

export function requireProject(state: HubState, project: string | undefined): void {
  if (project === state.project().project) return;
  throw new StkError('unknown-project', `this Hub serves ${state.project().project}, no other project`, {
    hint: 'Use the Hub of your project: --hub URL or STK_HUB.',
  });
}

export function requireEnvironment(state: HubState, environment: string): string {
  if (state.environments().includes(environment) || state.status(environment) !== undefined)
    return environment;
  const named = isId(environment) ? environment : 'of that name';
  throw new StkError(
    'unknown-environment',
    `this Hub serves no environment ${named}${suggest(environment, state.environments())}`,
    {
      hint: `It serves: ${state.environments().join(', ')}`,
    },
  );
}
