// Folds the events of one content in a canary environment into the state of its newest canary. Pure.
import { verdictReasons } from '../../model/pipeline/canary.ts';
import type { CanaryHistory } from '../../model/pipeline/gate-facts.ts';
import type { EventRecord } from '../../model/pipeline/record.ts';

interface FoundEvent {
  readonly path: string;
  readonly record: EventRecord;
}

const outcomes = {
  'canary-started': 'started',
  'canary-passed': 'passed',
  'canary-failed': 'failed',
  'canary-aborted': 'aborted',
} as const;

/** `events`: those of one content, the oldest first. */
export function foldCanary(events: readonly FoundEvent[], environment: string): CanaryHistory['newest'] {
  let newest: CanaryHistory['newest'];
  for (const { path, record } of events) {
    if (record.environment !== environment) continue;
    const { event, at, sentence = '' } = record;
    if (isOutcome(event)) newest = { outcome: outcomes[event], isUndecided: false, sentence, at, path };
    else if (event === 'canary-verdict' && newest !== undefined && record.reason !== verdictReasons.alert)
      newest = { ...newest, isUndecided: record.reason === verdictReasons.undecided };
  }
  return newest;
}

function isOutcome(event: string): event is keyof typeof outcomes {
  return Object.hasOwn(outcomes, event);
}
