// What an environment served, from its counting events and the history of its pointer: whether a release ran there
// before, and what was served last. Does not use the Hub's own memory.
import type { EventRecord } from '../model/pipeline/record.ts';
import type { CountingRecord } from './records/fold-records.ts';
import type { Content, PointerHistory } from './intent/pointer-history.ts';

/** `undone`: it was activated, and smoke, canary or a trigger undid every activation. */
export type RanBefore = 'ran' | 'undone' | 'unknown';

export interface RecordedActivation {
  readonly content: Content;
  readonly event: EventRecord;
}

/** Counting events of one content, the oldest first, from eventsOf. */
export type EventsOf = (content: Content) => Promise<readonly CountingRecord<EventRecord>[]>;

export interface ServedPlace {
  readonly pointers: PointerHistory;
  readonly eventsOf: EventsOf;
  readonly revision: string;
  readonly environment: string;
  /** Whether the Hub itself remembers undoing the activation of a pointer commit. */
  readonly isUndone?: ((revision: string) => boolean) | undefined;
}

/** How many pointer commits are searched for what was served last. */
const mostMoves = 10_000;
const undoing = new Set(['smoke-failed', 'canary-failed']);

/** What the events show about one content in one environment. */
export async function ranBefore(place: ServedPlace, content: Content): Promise<RanBefore> {
  const events = await eventsIn(place, content);
  const activations = events.filter(({ event }) => event === 'activated');
  if (activations.length === 0) return 'unknown';
  const undone = await undoneRevisions(place, content, events);
  const isUndone = (revision: string): boolean => undone.has(revision) || place.isUndone?.(revision) === true;
  return activations.some(({ revision }) => !isUndone(revision)) ? 'ran' : 'undone';
}

/** The newest activation that was not undone, going back through the pointer's history. `null` when none exists. */
export async function servedLast(place: ServedPlace): Promise<RecordedActivation | null> {
  let looked = 0;
  for await (const { commit, release, digest } of place.pointers.walk(place.revision, place.environment)) {
    looked += 1;
    if (looked > mostMoves) return null;
    if (release === null || digest === null) continue;
    const content = { release, digest };
    const events = await eventsIn(place, content);
    const event = events.findLast((one) => one.event === 'activated' && one.revision === commit.revision);
    if (event === undefined || place.isUndone?.(commit.revision) === true) continue;
    if (!(await undoneRevisions(place, content, events)).has(commit.revision)) return { content, event };
  }
  return null;
}

async function eventsIn(place: ServedPlace, content: Content): Promise<EventRecord[]> {
  const events = await place.eventsOf(content);
  return events.map(({ record }) => record).filter(({ environment }) => environment === place.environment);
}

/**
 * Pointer commits whose activation was undone: an event says so, or a commit with `Stk-Cause: smoke`, `canary` or
 * `trigger` moved the pointer away from the content that it named until then.
 */
async function undoneRevisions(
  { pointers, revision, environment }: ServedPlace,
  content: Content,
  events: readonly EventRecord[],
): Promise<ReadonlySet<string>> {
  const undone = new Set(events.filter(({ event }) => undoing.has(event)).map((event) => event.revision));
  let isUndone = false;
  for await (const { commit, release, digest } of pointers.walk(revision, environment)) {
    const isIt = release === content.release && digest === content.digest;
    if (isIt && isUndone) undone.add(commit.revision);
    if (!isIt) isUndone = /^(smoke|canary|trigger)$/.test(commit.trailers.get('Stk-Cause') ?? '');
  }
  return undone;
}
