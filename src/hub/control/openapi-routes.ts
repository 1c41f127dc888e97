// `GET /api/v1/openapi.json` and `GET …/openapi.json` of an environment.
import { StkError } from '../../kernel/errors.ts';
import { findEnvironment } from './control-request.ts';
import type { ControlRoute, RouteParts } from './control-route.ts';
import { describeControlPlane, describeOperations, type DescribedRoute } from './openapi.ts';

/** `routes`: every other one of the control plane. */
export function createOpenapiRoutes(
  { state }: RouteParts,
  routes: readonly DescribedRoute[],
): readonly ControlRoute[] {
  const read = { method: 'GET', right: 'read', isHeavy: false, bodyLimit: 0 } as const;
  return [
    {
      ...read,
      path: '/api/v1/openapi.json',
      handle: () => ({ status: 200, body: describeControlPlane(routes, 'v1') }),
    },
    {
      ...read,
      path: '/api/v1/projects/:project/environments/:environment/openapi.json',
      handle: (request) => {
        const environment = findEnvironment(state, request);
        const active = state.table.stable(environment);
        if (active === undefined)
          throw new StkError('not-active', `${environment} serves nothing yet`, {
            hint: 'stk status shows what it waits for.',
          });
        const { roles } = request.caller;
        const may = (operation: string): boolean => active.compiled.isAllowed(roles, operation);
        return { status: 200, body: describeOperations(state.project().project, active, may) };
      },
    },
  ];
}
