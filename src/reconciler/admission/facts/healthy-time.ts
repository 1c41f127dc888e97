// How long an environment was healthy within a stretch of time, from its events and its current state. Pure.
//
//   activated, healthy → it is healthy from then on
//   unhealthy          → it is unhealthy from then on
import type { EventRecord } from '../../../model/pipeline/record.ts';

export interface LastKnown {
  readonly isHealthy: boolean;
  /** What this Hub noted and may not have sent yet; `until` is undefined while it lasts. `undefined` when none exists. */
  readonly interruption: { readonly from: number; readonly until: number | undefined } | undefined;
}

export interface HealthyTime {
  /** Its first activation, as far as the events go back; `undefined` for never. */
  readonly since: number | undefined;
  /** Milliseconds between `from` and `now`. */
  readonly healthyMs: number;
}

type Event = Pick<EventRecord, 'event' | 'at' | 'since'>;

export function healthyTime(
  events: readonly Event[],
  { from, now, lastKnown }: { readonly from: number; readonly now: number; readonly lastKnown: LastKnown },
): HealthyTime {
  const gaps: (readonly [start: number, end: number])[] = [];
  let since: number | undefined;
  let gap: number | undefined;
  for (const { event, time } of inOrder(events)) {
    if (event === 'activated') since ??= time;
    if (event === 'unhealthy') gap ??= time;
    else if (gap !== undefined) {
      gaps.push([gap, time]);
      gap = undefined;
    }
  }
  if (since === undefined) return { since, healthyMs: 0 };
  const { interruption, isHealthy } = lastKnown;
  if (interruption !== undefined) gaps.push([interruption.from, interruption.until ?? now]);
  // That it is healthy again was not sent yet: this Hub's notes have the time.
  if (gap !== undefined) gaps.push([gap, isHealthy ? (interruption?.until ?? now) : now]);
  gaps.push([from, since]);
  return { since, healthyMs: now - from - covered(gaps, from, now) };
}

function inOrder(
  events: readonly Event[],
): readonly { readonly event: Event['event']; readonly time: number }[] {
  return events
    .filter(({ event }) => event === 'activated' || event === 'healthy' || event === 'unhealthy')
    .map(({ event, at, since }) => ({ event, time: event === 'activated' ? at : (since ?? at) }))
    .sort((a, b) => a.time - b.time);
}

/** The length of the union of the gaps, inside the time. */
function covered(gaps: readonly (readonly [number, number])[], from: number, now: number): number {
  let sum = 0;
  let reached = from;
  for (const [start, end] of [...gaps].sort(([a], [b]) => a - b)) {
    const [first, last] = [Math.max(start, reached), Math.min(end, now)];
    if (last > first) sum += last - first;
    reached = Math.max(reached, last);
  }
  return sum;
}
