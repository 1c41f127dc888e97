// A message before a target formats it. Its id is that of its event; without an event, every Hub computes the same id.
import { createHash } from 'node:crypto';
import { presentRecord } from '../documents/record/present-record.ts';
import type { NotifyWord } from '../model/pipeline/notify.ts';
import type { EventRecord } from '../model/pipeline/record.ts';

export interface Message {
  readonly id: string;
  readonly word: NotifyWord;
  readonly environment: string;
  readonly release: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** One line for people. */
  readonly sentence: string;
  /** The event as JSON; without an event, the known facts. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** `path`: of the event on the records branch. */
export function messageOfEvent(
  event: EventRecord,
  { path, word }: { path: string; word: NotifyWord },
): Message {
  const { environment, release, at } = event;
  const id = path.slice(path.lastIndexOf('/') + 1).replace(/\.yaml$/, '');
  return {
    id,
    word,
    environment,
    release,
    at,
    sentence: describeEvent(event, word),
    data: presentRecord(event),
  };
}

interface Announcement extends Pick<
  Message,
  'word' | 'environment' | 'release' | 'at' | 'sentence' | 'data'
> {
  /** The commit that it is about; for `drill-due`, the due date. */
  readonly basis: string;
}

/** A message without an event. */
export function messageOf({ basis, ...told }: Announcement): Message {
  const { word, environment, release } = told;
  const id = createHash('sha256').update([word, environment, release, basis].join('\n')).digest('hex');
  return { ...told, id };
}

/** A drill has no event. `event`: the way back is served. */
export function messageOfDrill(event: EventRecord): Message {
  const { environment, release, revision, at, actor } = event;
  const by = actor === undefined ? '' : ` by ${actor}`;
  const sentence = `${environment}: a rollback drill went back to ${release}${by}, and will go forward again`;
  const data = presentRecord(event);
  return messageOf({ word: 'drill', environment, release, at, sentence, data, basis: revision });
}

/** `event`: the release is served. Its date is the drill's due date. */
export function messageOfDueDrill(event: EventRecord): Message {
  const { environment, release, at } = event;
  const command = `stk drill run --env ${environment}`;
  const sentence = `${environment}: a rollback drill of ${release} is due: ${command}`;
  const basis = new Date(at).toISOString().slice(0, 10);
  const data = { environment, release, due: basis, command };
  return messageOf({ word: 'drill-due', environment, release, at, sentence, data, basis });
}

function describeEvent(event: EventRecord, word: NotifyWord): string {
  const { environment, release, class: kind } = event;
  const by = event.actor === undefined ? '' : ` by ${event.actor}`;
  const told = event.sentence ?? event.reason;
  const why = told === undefined ? '' : `: ${told}`;
  switch (word) {
    case 'activated':
      return `${environment}: ${release} is served (${kind}${by})`;
    case 'rolled-back':
      return event.event === 'activated'
        ? `${environment}: rolled back to ${release}${by}${why}`
        : `${environment}: the Hub took ${release} back${why}`;
    case 'refused':
      return `${environment}: ${release} was refused${why}`;
    case 'waiting':
    case 'frozen':
      return `${environment}: ${release} waits${why}`;
    case 'healthy':
    case 'unhealthy':
      return `${environment}: ${release} is ${word}${why}`;
    default:
      return `${environment}: ${word} ${release}${why}`;
  }
}
