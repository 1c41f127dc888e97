// `GET …/snapshot`: the serving release as one document, for a service that needs its permissions and config and makes
// no calls. `If-None-Match` names the version that the service has; with `wait`, the answer comes when it changes.
import { StkError } from '../../kernel/errors.ts';
import { parseDuration } from '../../kernel/units.ts';
import type { ActiveRelease } from '../../serving/serving-table.ts';
import { findEnvironment } from './control-request.ts';
import type { ControlRoute, RouteParts } from './control-route.ts';
import { presentRelease } from './release-document.ts';

/** Milliseconds. */
const longestWait = 30_000;

export function createSnapshotRoute(parts: RouteParts): ControlRoute {
  return {
    path: '/api/v1/projects/:project/environments/:environment/snapshot',
    method: 'GET',
    right: 'read',
    isHeavy: false,
    bodyLimit: 0,
    handle: async (request) => {
      const environment = findEnvironment(parts.state, request);
      const wait = parseWait(request.query.get('wait'));
      const known = request.headers['if-none-match'];
      const read = (): ActiveRelease | undefined => parts.state.table.stable(environment);
      const isOther = (): boolean => {
        const active = read();
        return active !== undefined && tagOf(active) !== known;
      };
      if (wait > 0 && !isOther()) await untilOther(parts, wait, isOther);
      const active = read();
      if (active === undefined)
        throw new StkError('not-active', `${environment} serves nothing yet`, {
          hint: 'stk status shows what it waits for.',
        });
      const headers = ['ETag', tagOf(active)];
      if (!isOther()) return { status: 304, notModified: headers };
      return { status: 200, body: presentRelease(active.compiled.release), headers };
    },
  };
}

function tagOf({ compiled }: ActiveRelease): string {
  return `"${compiled.digest}"`;
}

function parseWait(text: string | null): number {
  if (text === null) return 0;
  const wait = parseDuration(text);
  if (wait !== undefined && wait <= longestWait) return wait;
  throw new StkError('malformed', 'wait must be a duration of at most 30s, such as wait=30s');
}

/** Resolves when `holds` does, after `ms`, or when the Hub stops. */
async function untilOther(
  { state, clock, live }: Pick<RouteParts, 'state' | 'clock' | 'live'>,
  ms: number,
  holds: () => boolean,
): Promise<void> {
  const ended = new AbortController();
  const look = (): void => {
    if (holds()) ended.abort();
  };
  const unwatch = state.watch({ changed: look, factChanged: look, told: () => undefined });
  await clock.sleep(ms, AbortSignal.any([ended.signal, live.feed.closing]));
  unwatch();
}
