// `GET /api/v1/openapi.json` and `GET …/openapi.json` of an environment.
import { findEnvironment } from './control-request.ts';
import type { ControlRoute, RouteParts } from './control-route.ts';
import { describeControlPlane, describeOperations, type DescribedRoute } from './openapi.ts';

/** `routes`: all others of the control plane. */
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
      isHeavy: true,
      handle: async (request) => {
        const environment = findEnvironment(state, request);
        const described = await state.describe(environment, request.query.get('release') ?? undefined);
        const { roles, claims } = request.caller;
        // In open mode, without a token, callers choose their role: no single role represents them all.
        const isEverybody = claims === undefined && roles.length === 0;
        const may = (operation: string): boolean =>
          isEverybody || described.compiled.isAllowed(roles, operation);
        const place = { project: state.project().project, environment };
        return { status: 200, body: describeOperations(place, described, may) };
      },
    },
  ];
}
