// The governed path of the project in the Hub: keeps up to date what admission needs (the tip, the records branch, the
// Hub's own memory), and sends its decisions as events. Nothing is created while nothing is configured.
import { join } from 'node:path';
import type { Content } from '../../gates/admission/admission-facts.ts';
import type { RecordFile } from '../../documents/record/format-record.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { TrustedKeys } from '../../git/signatures/trusted-keys.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { countingRules } from '../../ledger/records/counting-rules.ts';
import type { RecordedActivation } from '../../ledger/served-before.ts';
import type { Veto } from '../../model/pipeline/freeze.ts';
import type { Project } from '../../model/project.ts';
import type { Target } from '../stages/stage.ts';
import type { UndoneMove } from '../undo/undone-moves.ts';
import type { SeenRevision } from '../follow/ref-follower.ts';
import { CallRecords } from '../state/call-records.ts';
import type { HealthChange } from '../state/health-notes.ts';
import type { Claim } from '../status/compute-conditions.ts';
import {
  AdmissionDesk,
  type AdmissionPlace,
  type AdmissionQuestion,
  type Decision,
} from './admission-desk.ts';
import { outcomeOf } from './decision-outcome.ts';
import { toldOf } from './events/event-desk.ts';
import { EventTeller } from './events/event-teller.ts';
import type { GovernedParts, GovernedPathOptions } from './governed-parts.ts';
import { watchedCalls } from './facts/health-facts.ts';
import { HealthLoop } from './health-loop.ts';
import { HubMemory, type DecidedMove } from './hub-memory.ts';
import { type HotfixDebt, readDebt, type ServedContent } from './read-debt.ts';
import { type OpenedLedger, openLedger } from './open-ledger.ts';

export class GovernedPath {
  readonly #options: GovernedPathOptions;
  readonly #memory: HubMemory;
  readonly #desk: AdmissionDesk;
  readonly #loop: HealthLoop;
  readonly #calls: CallRecords;
  readonly #teller: EventTeller;
  #opened: OpenedLedger | undefined;
  #place: AdmissionPlace | undefined;
  #inForce: Project | undefined;
  #isConfigured = false;
  #stops = ' ';
  /** The keys in force: another value means other keys. */
  #keys: TrustedKeys | undefined;

  constructor(options: GovernedPathOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#memory = new HubMemory(options);
    const { activations: memory, health } = this.#memory;
    this.#calls = new CallRecords(join(options.stateDirectory, 'calls'), options.table.tally);
    const calls = this.#calls;
    this.#desk = new AdmissionDesk({
      ...options,
      memory,
      health,
      calls,
      pending: () => this.#teller.pending,
    });
    this.#teller = new EventTeller({
      ...options,
      memory,
      project: () => this.#project(),
      isWriter: (environment) => this.#isWriter(environment),
    });
    this.#loop = new HealthLoop({
      health,
      calls,
      clock,
      log,
      environments: () => this.#inForce?.environments.keys() ?? [],
      servedHere: (environment) => options.servedHere(environment),
      isWriter: async (environment) => this.#isUsed && (await this.#isWriter(environment)),
      leads: async (environment) =>
        this.#isUsed ? options.locks.leads(this.#project(), environment) : undefined,
      onLeader: () => options.onChange(),
      onHealth: (change) => this.#noteHealth(change),
      onWriter: (environment) => this.#teller.tellAgain(environment),
    });
  }

  /** RecordsIntact and RecordsWritable, when the project uses records. */
  get claims(): readonly Claim[] {
    if (this.#opened === undefined || !this.#isUsed) return [];
    return [this.#opened.follower.claim, this.#teller.claim];
  }

  /** For canaries and automatic promotions; `undefined` when no part of the path is configured. */
  get parts(): GovernedParts | undefined {
    const [place, repo] = [this.#place, this.#opened?.repo];
    if (place === undefined || repo === undefined || !this.#isUsed) return undefined;
    const { activations } = this.#memory;
    const servedBy = (environment: string) => activations.of(environment).at(-1)?.revision;
    const leads = (environment: string) => this.#options.locks.leads(place.project, environment);
    const isWriter = (environment: string) => this.#isWriter(environment);
    return { place, repo, teller: this.#teller, activations, servedBy, isWriter, leads };
  }

  /** A new revision, with the project in force from now on: called before any environment is aimed at it. */
  async observe({ repo, observation }: SeenRevision, project: Project): Promise<void> {
    const { isUsed } = project.pipeline;
    const before = this.#place;
    this.#inForce = project;
    await this.#memory.load(project);
    for (const problem of await this.#calls.configure(watchedCalls(project.pipeline)))
      this.#options.log.warn({ problem }, 'the counts of earlier calls cannot be read');
    this.#loop.start();
    this.#isConfigured = isUsed || observation.stops !== '';
    if (!this.#isConfigured && this.#opened === undefined) return;
    this.#opened ??= this.#open(repo);
    const { ledger, follower } = this.#opened;
    const { revision } = observation;
    if (isUsed) {
      await follower.follow(project.pipeline.records);
      this.#place = { repo, ledger, revision, project };
      this.#teller.noteKey(ledger.trust.inForce?.trust.requires === true && !repo.signsCommits);
      await this.#teller.open(repo, ledger);
      this.#teller.observe({ repo, revision });
    }
    this.#place = { repo, ledger, revision, project };
    const keys = ledger.trust.inForce?.keys;
    if (before !== undefined && (before.project !== project || keys !== this.#keys))
      this.#options.onFact('policy');
    this.#keys = keys;
    const stops = `${observation.stops} ${observation.waivers}`;
    if (this.#stops !== stops) this.#options.onFact('stops');
    this.#stops = stops;
  }

  /** The source of which releases an environment served. `ledger` is undefined when the project writes no records. */
  get past(): { readonly memory: HubMemory; readonly ledger: Ledger | undefined } {
    return { memory: this.#memory, ledger: this.#isUsed ? this.#opened?.ledger : undefined };
  }

  /** `undefined` when nothing is configured, so there is nothing to decide. Throws git's errors. */
  async decide(question: AdmissionQuestion): Promise<Decision | undefined> {
    if (!this.#isConfigured || this.#place === undefined) return undefined;
    return this.#desk.decide(this.#place, question);
  }

  /** Sends a decision before it takes effect. Rejects when the disk fails, except for a rollback, which nothing may stop. */
  async tell(decision: Decision): Promise<void> {
    if (decision.admission.move === 'nothing') return;
    const told = toldOf(decision, outcomeOf(decision));
    if (told !== undefined && this.#isUsed) await this.#teller.tell(decision.environment, [told]);
  }

  /** Before the swap: prepares the event that `noteActivated` releases afterwards. Rejects as `tell` does. */
  async prepare(decision: Decision): Promise<RecordFile | undefined> {
    const told = toldOf(decision, 'activated');
    return told === undefined || !this.#isUsed ? undefined : this.#teller.prepare({ ...told, gates: [] });
  }

  /** The swap was made. Must not throw. */
  noteActivated(decision: Decision, prepared: RecordFile | undefined): void {
    if (prepared !== undefined) this.#teller.release(prepared);
    const { environment, content, commit, admission } = decision;
    if (commit === null) return;
    this.#memory.noteServed(environment, content, {
      revision: commit.revision,
      class: admission.class ?? 'promotion',
    });
    const told = [toldOf(decision, 'admitted'), toldOf(decision, 'activated')];
    this.#teller.remember(
      environment,
      told.flatMap((one) => one ?? []),
    );
  }

  /** The same without a decision: this Hub remembers what it activated, whatever is configured. */
  async remember(target: Target, content: Content): Promise<void> {
    if (!this.#isUsed) await this.#memory.rememberMove(target, content);
  }

  /** Whether the move is a rollback, for its smoke tests. `commit`: the newest that changed the pointer. */
  isRollback(environment: string, move: DecidedMove): boolean {
    return this.#memory.isRollback(environment, move);
  }

  /** Sends the event that a move was undone. Never rejects. */
  async tellUndone(move: UndoneMove): Promise<void> {
    const known = this.#memory.activations.of(move.environment).find((one) => one.revision === move.revision);
    if (this.#isUsed) await this.#teller.tellUndone(move, known?.class ?? 'promotion');
  }

  /** The desired release is served already, as after a start: sends what was not sent yet. */
  async noteInSync(decision: Decision): Promise<void> {
    const { environment, content, commit } = decision;
    if (commit === null || !this.#isUsed) return;
    const { revision } = commit;
    const kind = this.#memory.noteInSync(environment, content, revision);
    if (kind === undefined) return;
    const told = { environment, content, class: kind, revision, actor: commit.actor || undefined };
    await this.#teller.tell(environment, [
      { ...told, event: 'admitted' },
      { ...told, event: 'activated' },
    ]);
  }

  /** What the environment served last, from the events; `null` when they do not show it. */
  async servedLast(environment: string): Promise<RecordedActivation | null> {
    if (this.#place === undefined || !this.#place.project.pipeline.isUsed) return null;
    const { ledger, revision, project } = this.#place;
    const rules = countingRules(project.pipeline, this.#options.clock.now());
    const isUndone = this.#memory.activations.isUndoneIn(environment);
    return ledger.servedLast({ revision, environment, isUndone }, rules);
  }

  /** The veto of a release in force now; `null` when none exists. */
  async vetoOf(release: string): Promise<Veto | null> {
    if (!this.#isConfigured || this.#place === undefined) return null;
    return this.#place.ledger.veto(this.#place.revision, release);
  }

  /** The open debt of the served hotfix. Throws git's errors. */
  async debtOf(served: ServedContent): Promise<readonly HotfixDebt[]> {
    if (this.#place === undefined || !this.#isUsed) return [];
    const { activations: memory } = this.#memory;
    const { pending } = this.#teller;
    const now = this.#options.clock.now();
    return readDebt({ desk: this.#desk, memory, place: this.#place, pending, now }, served);
  }

  /** Whether this Hub acts in the environment; `undefined` when unknown, or not needed. */
  leads(environment: string): boolean | undefined {
    return this.#isUsed ? this.#loop.leads(environment) : undefined;
  }

  /** Since when the served release has been healthy without interruption; `undefined` when it is not, or nobody counts. */
  healthySince(environment: string): number | undefined {
    const served = this.#options.servedHere(environment);
    if (served === undefined || served === null) return undefined;
    return this.#memory.health.of(environment, served).find((one) => !one.isOver)?.since;
  }

  /** Reads the records branch. Never rejects. */
  async look(): Promise<void> {
    if (this.#isUsed) await this.#opened?.follower.look();
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#memory.activations.settled();
  }

  async close(): Promise<void> {
    await this.#loop.close();
    await this.#opened?.follower.close();
    await this.#teller.close();
    await this.settled();
  }

  #open(repo: ConfigRepo): OpenedLedger {
    const { stateDirectory, log, trust, onFact, onChange } = this.#options;
    const onRecords = (isBroken: boolean): void => {
      this.#teller.hold(isBroken);
      onFact('records');
      onChange();
    };
    return openLedger({ repo, stateDirectory, log, trust, onChange: onRecords });
  }

  #isWriter(environment: string): Promise<boolean> {
    return this.#options.locks.isHeld(this.#project(), environment);
  }

  #project(): Project {
    if (this.#place === undefined) throw new Error('no commit was observed yet');
    return this.#place.project;
  }

  get #isUsed(): boolean {
    return this.#place?.project.pipeline.isUsed === true;
  }

  async #noteHealth({ environment, content, word, since }: HealthChange): Promise<void> {
    this.#options.onFact(`serving:${environment}`);
    const last = this.#memory.activations.of(environment).at(-1);
    if (last === undefined) return;
    const { revision, class: kind } = last;
    const told = { environment, content, event: word, class: kind, revision, since };
    if (this.#isUsed) await this.#teller.tellOne(told);
  }
}
