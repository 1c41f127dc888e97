// Which data plane route a path is, and its project and environment. Pure.
import type { IncomingHttpHeaders } from 'node:http';
import type { HubState } from '../../reconciler/hub-state.ts';
import type { Refusal } from '../http/refusal.ts';

export interface DataRoute {
  readonly action: 'call' | 'config';
  /** `undefined` for the short form, whose headers may name them. */
  readonly project: string | undefined;
  readonly environment: string | undefined;
  /** For `…/call/{operation}`, whose body is the input itself; `undefined` when the body names it. */
  readonly operation?: string;
}

export type CallTarget =
  | { readonly kind: 'target'; readonly environment: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const shortCall: DataRoute = { action: 'call', project: undefined, environment: undefined };
const shortConfig: DataRoute = { action: 'config', project: undefined, environment: undefined };
/** The most environments that a refusal names. */
const mostNamed = 10;
const longForm =
  /^\/projects\/([A-Za-z0-9._-]{1,64})\/environments\/([A-Za-z0-9._-]{1,64})\/(?:(config)|call(?:\/([A-Za-z0-9._-]{1,1000}))?)$/;

/** `undefined` when it is not part of the data plane. */
export function matchDataRoute(path: string): DataRoute | undefined {
  if (path === '/call') return shortCall;
  if (path === '/config') return shortConfig;
  if (!path.startsWith('/projects/')) return undefined;
  const [, project, environment, config, operation] = longForm.exec(path) ?? [];
  if (project === undefined || environment === undefined) return undefined;
  const action = config === undefined ? 'call' : 'config';
  return { action, project, environment, ...(operation === undefined ? {} : { operation }) };
}

export function resolveTarget(
  state: Pick<HubState, 'project' | 'environments' | 'table'>,
  route: DataRoute,
  headers: IncomingHttpHeaders,
): CallTarget {
  const project = route.project ?? headers['stk-project'];
  if (project !== undefined && project !== state.project().project)
    return refuse('unknown-project', 'The Hub serves no such project.');
  const environment = route.environment ?? headers['stk-environment'];
  if (environment === undefined) return onlyEnvironment(state);
  if (typeof environment !== 'string' || !isServed(state, environment))
    return refuse('unknown-environment', 'The Hub serves no such environment.');
  return { kind: 'target', environment };
}

function onlyEnvironment(state: Pick<HubState, 'environments'>): CallTarget {
  const names = state.environments();
  const [only] = names;
  if (only === undefined) return refuse('unknown-environment', 'The Hub serves no environment.');
  if (names.length === 1) return { kind: 'target', environment: only };
  const some = names.slice(0, mostNamed).join(', ') + (names.length > mostNamed ? ', …' : '');
  return {
    kind: 'refused',
    refusal: {
      code: 'malformed',
      detail: `The Hub serves ${names.length} environments (${some}) and the request names none.`,
      hint: 'Name one: the header Stk-Environment, or the path /projects/{project}/environments/{environment}/….',
    },
  };
}

/** An environment that was removed from stk.yaml continues to serve its release. */
function isServed(state: Pick<HubState, 'environments' | 'table'>, environment: string): boolean {
  return state.table.stable(environment) !== undefined || state.environments().includes(environment);
}

function refuse(code: 'unknown-project' | 'unknown-environment', detail: string): CallTarget {
  return { kind: 'refused', refusal: { code, detail } };
}
