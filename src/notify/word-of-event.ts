// Which word of `notify.on` an event is told under. Pure. An event has one word or none, so that each is one message.
import { verdictReasons } from '../model/pipeline/canary.ts';
import { frozenBy } from '../model/pipeline/freeze.ts';
import type { NotifyWord } from '../model/pipeline/notify.ts';
import type { EventRecord, EventWord } from '../model/pipeline/record.ts';

/** Words of events that are told under their own name, or under another. What is not listed is not told. */
const words: Partial<Readonly<Record<EventWord, NotifyWord>>> = {
  refused: 'refused',
  waiting: 'waiting',
  healthy: 'healthy',
  unhealthy: 'unhealthy',
  // The Hub has taken the release back: that is the rollback, and its commit is not told again.
  'smoke-failed': 'rolled-back',
  'canary-failed': 'rolled-back',
  'canary-started': 'canary-started',
  'canary-paused': 'canary-paused',
  'canary-resumed': 'canary-resumed',
  'canary-passed': 'canary-passed',
  'canary-aborted': 'canary-aborted',
  'bake-passed': 'bake-passed',
  'bake-breached': 'bake-breached',
  'trigger-fired': 'trigger-fired',
  'trigger-ended': 'trigger-ended',
  'trigger-error': 'trigger-error',
};

/** Of a `canary-verdict`, by its reason: those that ask for a person. */
const verdictWords: ReadonlyMap<string, NotifyWord> = new Map([
  [verdictReasons.undecided, 'canary-undecided'],
  [verdictReasons.noData, 'canary-no-data'],
  [verdictReasons.noDataLong, 'canary-no-data-long'],
]);

/** `undefined` when nobody is told. */
export function wordOfEvent(event: EventRecord): NotifyWord | undefined {
  if (event.event === 'activated') return event.class === 'rollback' ? 'rolled-back' : 'activated';
  if (event.event === 'waiting' && event.reason?.startsWith(frozenBy) === true) return 'frozen';
  if (event.event === 'canary-verdict') return verdictWords.get(event.reason ?? '');
  return words[event.event];
}

/**
 * Whether a rollback commit that the Hub made by itself makes no message. `wasTold`: this Hub has told the failure that it
 * follows from.
 */
export function isToldElsewhere(cause: string | undefined, wasTold: boolean): boolean {
  return cause === 'drill' || (wasTold && (cause === 'smoke' || cause === 'canary'));
}
