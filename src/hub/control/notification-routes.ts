// Routes for notifications that were not acknowledged: listing them, and sending abandoned ones again.
import { parseStrings, requireProject } from './control-request.ts';
import type { ControlRoute, RouteParts } from './control-route.ts';

const path = '/api/v1/projects/:project/notifications';

export function createNotificationRoutes({ state, limits }: RouteParts): readonly ControlRoute[] {
  return [
    {
      path,
      method: 'GET',
      right: 'read',
      isHeavy: false,
      bodyLimit: 0,
      handle: ({ params }) => {
        requireProject(state, params['project']);
        return { status: 200, body: state.notifications.list() };
      },
    },
    {
      path: `${path}/retry`,
      method: 'POST',
      right: 'write',
      isHeavy: false,
      bodyLimit: limits.controlBody,
      handle: async ({ params, body }) => {
        requireProject(state, params['project']);
        const retried = await state.notifications.retry(parseStrings(body, ['id']).get('id'));
        return { status: 200, body: { retried } };
      },
    },
  ];
}
