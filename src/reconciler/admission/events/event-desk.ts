// The events that this Hub writes about its environments: their content, and that the Hub with the environment's lock
// sends each once. The outbox writes them to the records branch.
import type { Content } from '../../../gates/admission/admission-facts.ts';
import { findSkipped } from '../../../gates/admission/hotfix-debt.ts';
import type { GateResult } from '../../../gates/admission/evaluate-gates.ts';
import type { RecordFile } from '../../../documents/record/format-record.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { asStkError } from '../../../kernel/errors.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import type { EventOutbox } from '../../../ledger/event-outbox.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import { countingRules } from '../../../ledger/records/counting-rules.ts';
import { type CountingRecord, eventKey } from '../../../ledger/records/fold-records.ts';
import type { Pipeline } from '../../../model/pipeline/pipeline.ts';
import type { EventGate, EventRecord, EventWord, MoveClass } from '../../../model/pipeline/record.ts';
import type { Log } from '../../log.ts';
import type { Decision } from '../admission-desk.ts';
import type { NoticeEvent } from './event-notices.ts';

export interface EventDeskOptions {
  readonly outbox: EventOutbox;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  pipeline(): Pipeline;
  /** Whether this Hub holds the lock of the environment. */
  isWriter(environment: string): Promise<boolean>;
  notice: NoticeEvent;
}

/** An event about one environment. */
export interface Told {
  readonly environment: string;
  readonly content: Content;
  readonly event: EventWord;
  readonly class: MoveClass;
  /** The pointer commit. */
  readonly revision: string;
  readonly actor?: string | undefined;
  readonly from?: string | undefined;
  readonly reason?: string | undefined;
  readonly gates?: readonly GateResult[];
  readonly since?: number | undefined;
  /** The counts of a canary, the bounds computed from them, and the decision in a sentence. */
  readonly counts?: JsonObject | undefined;
  readonly bounds?: JsonObject | undefined;
  readonly sentence?: string | undefined;
  /** The name of the trigger that it is about. */
  readonly trigger?: string | undefined;
  /** An act of this Hub: it sends the event whoever holds the lock. */
  readonly isOwn?: true;
}

/** The most keys of events that are known to be sent. */
const mostKnown = 10_000;
/** Most characters of a reason or a sentence. */
const mostText = 9_000;

export class EventDesk {
  readonly #options: EventDeskOptions;
  readonly #told = new Set<string>();

  constructor(options: EventDeskOptions) {
    this.#options = options;
    // Of an earlier process: they reach the branch before this process has read the branch again.
    for (const { record } of options.outbox.pending) if (record.record === 'event') this.#note(record);
  }

  /** On disk when it resolves, unless it was sent before or another Hub sends it. Rejects when the disk fails. */
  async tell(told: Told): Promise<void> {
    const event = await this.#unlessTold(told);
    if (event === undefined) return;
    await this.#options.outbox.put(event);
    this.#note(event);
  }

  /** The same for a Hub that has just started to send events: the previous one may have notified nobody. */
  async tellAgain(told: Told): Promise<void> {
    const found = await this.#findOnBranch(told, eventKey(this.#eventOf(told)));
    if (found !== undefined) await this.#options.notice(found);
    await this.tell(told);
  }

  /** The same for an act that is about to happen; `undefined` when there is no event. */
  async prepare(told: Told): Promise<RecordFile | undefined> {
    const { outbox } = this.#options;
    const event = await this.#unlessTold(told);
    if (event === undefined) return undefined;
    const key = eventKey(event);
    for (const file of outbox.prepared) {
      const { record } = file;
      // A crash, or a check that failed after all, left it open: something else happens now.
      const isStale =
        record.record === 'event' && record.environment === event.environment && eventKey(record) !== key;
      if (isStale) await outbox.cancel(file);
    }
    return outbox.prepare(event);
  }

  /** It has been done. */
  release(file: RecordFile): void {
    if (file.record.record === 'event') this.#note(file.record);
    this.#options.outbox.release(file);
  }

  async #unlessTold(told: Told): Promise<EventRecord | undefined> {
    const event = this.#eventOf(told);
    const key = eventKey(event);
    if (this.#told.has(key)) return undefined;
    if (told.isOwn !== true && !(await this.#options.isWriter(told.environment))) return undefined;
    if ((await this.#findOnBranch(told, key)) === undefined) return event;
    this.#note(event);
    return undefined;
  }

  async #findOnBranch(
    { content, environment }: Told,
    key: string,
  ): Promise<CountingRecord<EventRecord> | undefined> {
    const { ledger, clock, pipeline, log } = this.#options;
    try {
      const events = await ledger.eventsOf(content, countingRules(pipeline(), clock.now()));
      return events.find(({ record }) => eventKey(record) === key);
    } catch (thrown) {
      // Sent twice, it counts once.
      log.debug(
        { environment, problem: asStkError(thrown).message },
        'the events of a release cannot be read',
      );
      return undefined;
    }
  }

  #note(event: EventRecord): void {
    if (this.#told.size >= mostKnown) this.#told.clear();
    this.#told.add(eventKey(event));
  }

  #eventOf(told: Told): EventRecord {
    const { content, gates, environment, event, revision, from, reason, actor, since, counts, bounds } = told;
    const { clock, pipeline } = this.#options;
    const { hotfix, trust } = pipeline();
    const at = clock.now();
    const skipped = told.class === 'hotfix' && told.event === 'admitted' ? findSkipped(gates ?? []) : [];
    const due = at + hotfix.closeWithin;
    return {
      record: 'event',
      release: content.release,
      digest: content.digest,
      at,
      by: trust.hub[0] ?? '',
      environment,
      event,
      class: told.class,
      revision,
      from,
      reason,
      actor,
      gates: gates === undefined || gates.length === 0 ? undefined : gates.map(presentGate),
      debt:
        skipped.length === 0 ? undefined : skipped.map((gate) => ({ gate, since: at, due, overdue: false })),
      since,
      counts,
      bounds,
      sentence: told.sentence?.slice(0, mostText),
      trigger: told.trigger,
    };
  }
}

/** For a decision: `admitted`, `waiting` or `refused`. `undefined` when there is nothing to admit, or no pointer commit. */
export function toldOf(
  { environment, content, admission, commit, source }: Decision,
  event: EventWord,
): Told | undefined {
  if (commit === null) return undefined;
  const { revision, actor } = commit;
  const { isAdmitted, message, gates } = admission;
  return {
    environment,
    content,
    event,
    class: admission.class ?? 'promotion',
    revision,
    actor: actor === '' ? undefined : actor,
    from: source,
    reason: isAdmitted ? undefined : message.slice(0, mostText),
    gates,
  };
}

/** A record only accepts ids as names, and limited text. */
function presentGate({ name, kind, verdict, sentence, evidence }: GateResult): EventGate {
  return {
    name: name.replaceAll(' ', '-'),
    kind,
    verdict,
    sentence: sentence.slice(0, mostText),
    evidence: evidence.slice(0, 1000),
  };
}
