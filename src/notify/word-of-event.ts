// Maps an event to the word of `notify.on` that announces it. Pure. An event has at most one word, so that it is at
// most one message.
import { verdictReasons } from '../model/pipeline/canary.ts';
import { frozenBy } from '../model/pipeline/freeze.ts';
import type { NotifyWord } from '../model/pipeline/notify.ts';
import type { EventRecord, EventWord } from '../model/pipeline/record.ts';

/** Words for events, the same name or another one. Events that are not listed are not announced. */
const words: Partial<Readonly<Record<EventWord, NotifyWord>>> = {
  refused: 'refused',
  waiting: 'waiting',
  healthy: 'healthy',
  unhealthy: 'unhealthy',
  // The Hub has taken the release back: that is the rollback. Its commit is not announced again.
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

/** For a `canary-verdict`, by its reason: those that need a person. */
const verdictWords: ReadonlyMap<string, NotifyWord> = new Map([
  [verdictReasons.undecided, 'canary-undecided'],
  [verdictReasons.noData, 'canary-no-data'],
  [verdictReasons.noDataLong, 'canary-no-data-long'],
  [verdictReasons.alert, 'canary-alert'],
]);

/** `undefined` when the event is not announced. */
export function wordOfEvent(event: EventRecord): NotifyWord | undefined {
  if (event.event === 'activated') return event.class === 'rollback' ? 'rolled-back' : 'activated';
  if (event.event === 'waiting' && event.reason?.startsWith(frozenBy) === true) return 'frozen';
  if (event.event === 'canary-verdict') return verdictWords.get(event.reason ?? '');
  return words[event.event];
}

/**
 * Whether an automatic rollback commit of the Hub needs no message. `wasTold`: this Hub has announced the failure that
 * caused it.
 */
export function isToldElsewhere(cause: string | undefined, wasTold: boolean): boolean {
  return cause === 'drill' || (wasTold && (cause === 'smoke' || cause === 'canary'));
}
