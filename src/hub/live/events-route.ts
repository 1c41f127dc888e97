// `GET /api/v1/events`: opens an event stream, for callers who may read the control plane.
import { StkError } from '../../kernel/errors.ts';
import { requireEnvironment } from '../control/control-request.ts';
import type { ControlRoute, RouteParts } from '../control/control-route.ts';

export function createEventsRoute({ state, live: { feed, statuses } }: RouteParts): ControlRoute {
  return {
    path: '/api/v1/events',
    method: 'GET',
    right: 'read',
    isHeavy: false,
    bodyLimit: 0,
    handle: async ({ query, headers }) => {
      const asked = query.get('environment');
      const environment = asked === null ? undefined : requireEnvironment(state, asked);
      const current = await statuses.current(environment);
      if (feed.isFull)
        throw new StkError('too-many-requests', 'the Hub is at its limit of open streams of events', {
          hint: 'Close a stream that nobody reads, or try again later.',
        });
      const lastEventId = headers['last-event-id'];
      return {
        status: 200,
        listen: (response, isAllowed) => {
          feed.listen({
            response,
            environment,
            lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
            opening: current,
            isAllowed,
          });
          statuses.refresh();
        },
      };
    },
  };
}
