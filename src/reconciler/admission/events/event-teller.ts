// Sends the events of this Hub through its outbox, which is opened when the project first uses records. While the
// outbox fails, no forward move is made; a rollback is made, and its event is only logged.
import { join } from 'node:path';
import type { ConfigRepo } from '../../../git/config-repo.ts';
import type { RecordFile } from '../../../documents/record/format-record.ts';
import { asStkError, type StkError } from '../../../kernel/errors.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { EventOutbox, type OutboxState } from '../../../ledger/event-outbox.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import { createHubWriter } from '../../../ledger/records/write-records.ts';
import type { EventRecord, LedgerRecord, MoveClass } from '../../../model/pipeline/record.ts';
import type { Project } from '../../../model/project.ts';
import type { Notifier } from '../../../notify/notifier.ts';
import type { Log } from '../../log.ts';
import type { ActivationMemory } from '../../state/activation-memory.ts';
import { claim, type Claim } from '../../status/compute-conditions.ts';
import type { UndoneMove } from '../../undo/undone-moves.ts';
import { EventDesk, type Told } from './event-desk.ts';
import { createEventNotices } from './event-notices.ts';
import { IncidentNotices, type IncidentPlace } from './incident-notices.ts';

export interface EventTellerOptions {
  readonly memory: ActivationMemory;
  readonly stateDirectory: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The project in force. */
  project(): Project;
  isWriter(environment: string): Promise<boolean>;
  readonly notifier: Notifier;
  /** The claim changed. */
  onChange(): void;
  /** An event is on disk, on its way to the branch. Must not throw. */
  onEvent(event: EventRecord): void;
}

interface Opened {
  readonly outbox: EventOutbox;
  readonly desk: EventDesk;
}

const notWritten = claim(
  'RecordsWritable',
  'Unknown',
  'NotWritten',
  'The events of this Hub have not been opened yet.',
);

const keyMissing = claim(
  'RecordsWritable',
  'False',
  'SigningKeyMissing',
  'Signatures are required, and this Hub has no key: its events wait. Start it with STK_SIGNING_KEY=FILE.',
);

export class EventTeller {
  readonly #options: EventTellerOptions;
  /** What to send again when this Hub starts to send events. */
  readonly #newest = new Map<string, readonly Told[]>();
  readonly #incidents: IncidentNotices;
  #opened: Opened | undefined;
  #failure: StkError | undefined;
  #claim: Claim = notWritten;
  #isBroken = false;
  #isKeyMissing = false;

  constructor(options: EventTellerOptions) {
    this.#options = options;
    this.#incidents = new IncidentNotices(options);
  }

  /** A new revision, with the project in force. Does not wait. */
  observe(place: IncidentPlace): void {
    this.#incidents.look(place);
  }

  /** RecordsWritable. */
  get claim(): Claim {
    return this.#isKeyMissing ? keyMissing : this.#claim;
  }

  /** Events that are not on the records branch yet. */
  get pending(): readonly LedgerRecord[] {
    return this.#opened?.outbox.pending.map(({ record }) => record) ?? [];
  }

  /** Opens the outbox, and releases events of an earlier process whose acts happened. Never rejects. */
  async open(repo: ConfigRepo, ledger: Ledger): Promise<void> {
    if (this.#opened !== undefined) return;
    await this.#options.notifier.open();
    try {
      this.#opened = await this.#open(repo, ledger);
      this.#failure = undefined;
      this.#note(describe(this.#opened.outbox.state));
    } catch (thrown) {
      this.#failure = asStkError(thrown);
      this.#note(claim('RecordsWritable', 'False', 'EventsWait', this.#failure.message));
    }
  }

  /** On disk when it resolves. Rejects when the disk fails, except for a rollback. */
  async tell(environment: string, list: readonly Told[]): Promise<void> {
    this.#newest.set(environment, list);
    for (const told of list) await this.#unlessRollback(told, (desk) => desk.tell(told));
  }

  /** The same for a single event: how an environment is. */
  tellOne(told: Told): Promise<void> {
    return this.#unlessRollback(told, (desk) => desk.tell(told));
  }

  /** A failed smoke test undid a move; other code that undoes moves sends its own events. Never rejects. */
  async tellUndone(move: UndoneMove, kind: MoveClass): Promise<void> {
    const { environment, release, digest, revision, reason, cause } = move;
    if (cause !== 'smoke') return;
    const told = { environment, content: { release, digest }, revision, reason };
    try {
      await this.tellOne({ ...told, event: 'smoke-failed', class: kind });
    } catch (thrown) {
      const problem = asStkError(thrown).message;
      this.#options.log.error(
        { environment, release, problem },
        'the event of a failed smoke test was not written',
      );
    }
  }

  /** Prepares the event of an act. `undefined` when there is no event. */
  prepare(told: Told): Promise<RecordFile | undefined> {
    return this.#unlessRollback(told, (desk) => desk.prepare(told));
  }

  /** It has been done. */
  release(file: RecordFile): void {
    this.#opened?.desk.release(file);
  }

  /** What to send if this Hub starts to send events. */
  remember(environment: string, list: readonly Told[]): void {
    this.#newest.set(environment, list);
  }

  async tellAgain(environment: string): Promise<void> {
    for (const told of this.#newest.get(environment) ?? [])
      await this.#unlessRollback(told, (desk) => desk.tellAgain(told));
  }

  /** While the branch is not intact, nothing is written to it. */
  hold(isHeld: boolean): void {
    this.#isBroken = isHeld;
    this.#opened?.outbox.hold(this.#isBroken || this.#isKeyMissing);
  }

  /** Unsigned events would not count: they wait until the Hub has a key. */
  noteKey(isMissing: boolean): void {
    if (isMissing === this.#isKeyMissing) return;
    this.#isKeyMissing = isMissing;
    this.hold(this.#isBroken);
    this.#options.onChange();
  }

  async close(): Promise<void> {
    await this.#opened?.outbox.close();
    await this.#incidents.settled();
    await this.#options.notifier.close();
  }

  async #unlessRollback<T>(
    { environment, class: kind }: Told,
    work: (desk: EventDesk) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      if (this.#failure !== undefined) throw this.#failure;
      return this.#opened === undefined ? undefined : await work(this.#opened.desk);
    } catch (thrown) {
      if (kind !== 'rollback') throw thrown;
      const problem = asStkError(thrown).message;
      this.#options.log.error({ environment, problem }, 'the event of a rollback was not written');
      return undefined;
    }
  }

  async #open(repo: ConfigRepo, ledger: Ledger): Promise<Opened> {
    const { memory, stateDirectory, clock } = this.#options;
    const pipeline = () => this.#options.project().pipeline;
    const target = () => {
      const { records, trust } = pipeline();
      return { branch: records.branch, author: { name: 'stk hub', email: trust.hub[0] ?? '' } };
    };
    const notice = createEventNotices({ ...this.#options, repo, ledger });
    const outbox = await EventOutbox.open({
      directory: join(stateDirectory, 'outbox'),
      writer: createHubWriter(repo, target),
      clock,
      onState: (state) => this.#note(describe(state)),
      onPending: (event) => this.#options.onEvent(event),
      onHappened: notice,
    });
    this.#isBroken = ledger.records.state?.integrity.kind === 'broken';
    outbox.hold(this.#isBroken || this.#isKeyMissing);
    for (const file of outbox.prepared) {
      const { record } = file;
      if (record.record !== 'event') continue;
      const isDone = memory.of(record.environment).some((one) => one.revision === record.revision);
      if (isDone) outbox.release(file);
    }
    return { outbox, desk: new EventDesk({ ...this.#options, ledger, outbox, pipeline, notice }) };
  }

  #note(next: Claim): void {
    this.#claim = next;
    this.#options.onChange();
  }
}

function describe(state: OutboxState): Claim {
  if (state.kind === 'writable')
    return claim('RecordsWritable', 'True', 'Written', 'No event waits for the records branch.');
  const message = `${state.events} events wait in the state directory: ${state.problem}`;
  return claim('RecordsWritable', 'False', 'EventsWait', message);
}
