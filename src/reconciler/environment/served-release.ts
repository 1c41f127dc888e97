// What follows from what one environment serves: it is recorded for a restart, compared with its database and its file, and
// the databases of what it served before are closed. What it serves stands in the environment's state.
import { DriftWatch } from './drift-watch.ts';
import type { LastKnownGood, LastKnownGoodStore, Recorded } from '../state/last-known-good.ts';
import type { Log } from '../log.ts';
import type { Activation } from '../stages/activate.ts';
import type { Resumable } from './resume-last.ts';
import type { ReconcileTools } from './reconcile-tools.ts';
import { RecordWriter } from '../state/record-writer.ts';
import { restoreLastKnownGood } from '../state/restore-last-known-good.ts';
import { lookAtServedFile } from '../state/served-file.ts';
import type { EnvironmentStore } from '../status/environment-store.ts';
import type { RecordState, ReconcileEnd } from '../status/environment-state.ts';
import type { Target } from '../stages/stage.ts';

export interface ServedTools extends ReconcileTools {
  readonly records: LastKnownGoodStore;
  readonly log: Log;
}

export interface ServedReleaseOptions {
  readonly environment: string;
  readonly tools: ServedTools;
  readonly store: EnvironmentStore;
  /** As the disk had it at the start. */
  readonly recorded: Recorded<LastKnownGood>;
}

export class ServedRelease {
  readonly #environment: string;
  readonly #tools: ServedTools;
  readonly #store: EnvironmentStore;
  readonly #recorded: Recorded<LastKnownGood>;
  readonly #writer: RecordWriter;
  readonly #drift: DriftWatch;

  constructor({ environment, tools, store, recorded }: ServedReleaseOptions) {
    this.#environment = environment;
    this.#tools = tools;
    this.#store = store;
    this.#recorded = recorded;
    const onState = (record: RecordState): void => store.apply({ kind: 'recorded', record });
    if (recorded.kind === 'corrupt') onState(recorded);
    this.#writer = new RecordWriter({ store: tools.records, clock: tools.clock, onState });
    this.#drift = new DriftWatch({ store, clock: tools.clock });
  }

  /** Whether the disk knows what to serve until something is activated. */
  get isRecorded(): boolean {
    return this.#recorded.kind === 'found';
  }

  get isWriting(): boolean {
    return this.#writer.isWriting;
  }

  /** Git or the database cannot be asked: what is on disk answers. Resolves when it does, or cannot. */
  async answerFromDisk(): Promise<void> {
    if (this.#recorded.kind !== 'found' || this.#isServing) return;
    const { record } = this.#recorded;
    const { library, handles, clock } = this.#tools;
    const restored = await restoreLastKnownGood(library, record);
    if (restored.kind === 'failed') {
      this.#store.apply({ kind: 'recorded', record: { kind: 'corrupt', message: restored.message } });
      return;
    }
    // Something may have been activated in the meantime.
    if (this.#isServing) return;
    const { settings, digest, limits, revision, release, blob } = record;
    const handle = handles.acquire(settings, limits, undefined);
    handle.database.prepare();
    const active = {
      environment: this.#environment,
      revision,
      since: new Date(clock.now()).toISOString(),
      compiled: restored.compiled,
      database: handle.database,
      maxRows: limits.rows,
      refuseWrites: false,
    };
    this.#store.apply({ kind: 'restored', active, blob: { release, blob } });
    this.#drift.follow({ settings, digest, handle, fingerprint: undefined });
  }

  /** What the environment served last, and was checked, is served until the move that the pointer asks for may take effect. */
  resume(target: Target, last: Resumable): void {
    const { compiled, blob, handle, settings, verdict, revision } = last;
    const active = {
      environment: this.#environment,
      revision,
      since: new Date(this.#tools.clock.now()).toISOString(),
      compiled,
      database: handle.database,
      maxRows: target.limits.rows,
      refuseWrites: false,
    };
    const confirmed = { settings, findings: verdict.findings };
    const { release } = compiled.release;
    this.#store.apply({ kind: 'resumed', active, blob: { release, blob }, confirmed });
    this.noteActivated({ target, active, blob, handle, settings, verdict });
  }

  /** The swap has just put it in place. It is recorded after the swap: a crash in between serves the one before. */
  noteActivated({ target, active, blob, handle, settings, verdict }: Activation): void {
    const { compiled, revision, database } = active;
    const { digest } = compiled;
    const { release } = compiled.release;
    const environment = this.#environment;
    this.#drift.follow({ settings, digest, handle, fingerprint: verdict.fingerprint });
    this.#tools.handles.retireOthers(environment, [database]);
    const text = (): Promise<string> => target.repo.text(blob, Number.MAX_SAFE_INTEGER);
    const { limits } = target;
    this.#writer.write({ environment, release, digest, blob, revision, text, settings, limits });
  }

  /** Databases that were opened for settings which are no longer desired and never came to serve. */
  retireOthers(): void {
    const database = this.#store.state.arms?.stable.database;
    this.#tools.handles.retireOthers(this.#environment, [database]);
  }

  /** A reconcile has ended so. Loading the desired release has looked at its file; one served besides is looked at here. */
  async noteEnd({ repo, revision, releases }: Target, end: ReconcileEnd): Promise<void> {
    if (this.#store.state.isFromDisk) this.#drift.checkSoon();
    const { blob: served } = this.#store.state;
    if (served === undefined || end.kind === 'serving') return;
    const looked = await lookAtServedFile({ repo, revision, releases }, served);
    if (looked.kind === 'stop') throw looked.error;
    const { blob, servedFile } = this.#store.state;
    if (served !== blob || looked.value === servedFile) return;
    this.#store.apply({ kind: 'looked-at-file', servedFile: looked.value, revision });
  }

  noteCallFailure(): void {
    this.#drift.noteCallFailure();
  }

  /** Resolves when nothing is being recorded. */
  async settled(): Promise<void> {
    await this.#writer.written();
  }

  async close(): Promise<void> {
    await this.#drift.close();
    await this.#writer.close();
  }

  get #isServing(): boolean {
    return this.#store.state.arms !== undefined;
  }
}
