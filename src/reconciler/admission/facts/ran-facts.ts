// Whether a release ran in an environment before: from the counting events, this Hub's own memory, and the history of
// the pointer. Unreadable facts count as unknown, so that a broken records branch never blocks a rollback.
import type { Content, RanFacts } from '../../../gates/admission/admission-facts.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import type { CountingRules } from '../../../ledger/records/judge-record.ts';
import type { LedgerRecord, MoveClass } from '../../../model/pipeline/record.ts';
import type { Log } from '../../log.ts';
import type { ActivationMemory } from '../../state/activation-memory.ts';

export interface RanRequest {
  readonly ledger: Ledger;
  readonly memory: ActivationMemory;
  readonly rules: CountingRules;
  /** Commit of the followed branch. */
  readonly revision: string;
  readonly environment: string;
  readonly content: Content;
  /** The commit of the pointer that makes the move; `undefined` when it is only planned. */
  readonly movedBy: string | undefined;
  /** Events of this Hub that are not on the records branch yet. */
  readonly pending: readonly LedgerRecord[];
  readonly log: Log;
}

/** Throws git's errors about the followed branch. */
export async function readRanFacts(request: RanRequest): Promise<RanFacts> {
  const { ledger, memory, revision, environment, content } = request;
  const events = await readEvents(request);
  const remembered = memory.ran(environment, content);
  // Only events show that a trigger, or another Hub, undid it.
  const ran = { events, memory: events === 'undone' ? 'undone' : remembered } as const;
  const isKnown = ran.events === 'ran' || ran.memory === 'ran';
  const isNamedBeforeGates =
    !isKnown && (await ledger.wasNamedBeforeGates({ revision, environment }, content));
  const told = ran.events === 'ran' ? await readTold(request) : undefined;
  return { ...ran, isNamedBeforeGates, told };
}

/** How another Hub, or this one before it was killed, told the activation by the very same pointer commit. */
async function readTold(request: RanRequest): Promise<MoveClass | undefined> {
  const { ledger, rules, environment, content, movedBy, pending, log } = request;
  if (movedBy === undefined) return undefined;
  try {
    const counting = await ledger.eventsOf(content, rules);
    const events = [...counting.map(({ record }) => record), ...pending];
    const activated = events.find(
      (one) =>
        one.record === 'event' &&
        one.event === 'activated' &&
        one.environment === environment &&
        one.digest === content.digest &&
        one.revision === movedBy,
    );
    return activated?.record === 'event' ? activated.class : undefined;
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown);
    log.warn(
      { environment, release: content.release, problem },
      'how a release was activated cannot be read',
    );
    return undefined;
  }
}

async function readEvents({
  ledger,
  memory,
  rules,
  revision,
  environment,
  content,
  pending,
  log,
}: RanRequest): Promise<RanFacts['events']> {
  const isUndone = memory.isUndoneIn(environment);
  try {
    const told = await ledger.ranBefore({ revision, environment, isUndone }, content, rules);
    if (told !== 'unknown') return told;
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown);
    log.warn({ environment, release: content.release, problem }, 'the records of a release cannot be read');
  }
  const isPending = pending.some(
    (one) =>
      one.record === 'event' &&
      one.event === 'activated' &&
      one.environment === environment &&
      one.release === content.release &&
      one.digest === content.digest &&
      !isUndone(one.revision),
  );
  return isPending ? 'ran' : 'unknown';
}
