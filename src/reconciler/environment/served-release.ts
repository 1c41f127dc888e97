// What one environment serves, over time: put in place by an activation or from disk, recorded for a restart, compared with
// its database and its file. How it came to be desired is environment-reconciler.ts's business.
import type { Finding } from '../../model/finding.ts';
import type { EnvironmentSettings } from '../../model/project.ts';
import type { EnvironmentFacts, ReconcileEnd, RecordState } from '../status/compute-conditions.ts';
import { DriftWatch } from './drift-watch.ts';
import type { LastKnownGood, LastKnownGoodStore, Recorded } from '../state/last-known-good.ts';
import type { Fact } from '../status/facts.ts';
import type { Log } from '../log.ts';
import type { Activated, ReconcileTools } from './reconcile.ts';
import type { ReconcilerMetrics } from '../reconciler-metrics.ts';
import { RecordWriter } from '../state/record-writer.ts';
import { restoreLastKnownGood } from '../state/restore-last-known-good.ts';
import { lookAtServedFile, type ServedBlob, type ServedFile } from '../state/served-file.ts';
import type { ServingRelease } from '../status/status.ts';
import type { Target } from '../stages/stage.ts';

export interface ServedTools extends ReconcileTools {
  readonly records: LastKnownGoodStore;
  readonly log: Log;
  readonly metrics: ReconcilerMetrics;
  /** A fact has changed that environments may wait for. */
  onFact(fact: Fact): void;
}

export interface ServedReleaseOptions {
  readonly environment: string;
  readonly tools: ServedTools;
  /** As the disk had it at the start. */
  readonly recorded: Recorded<LastKnownGood>;
  /** Something of `facts` is another one. */
  readonly onChange: () => void;
}

/** What the check said of what is served, and with which settings it was asked. */
interface Confirmed {
  readonly settings: EnvironmentSettings;
  readonly findings: readonly Finding[];
}

export class ServedRelease {
  readonly #environment: string;
  readonly #tools: ServedTools;
  readonly #recorded: Recorded<LastKnownGood>;
  readonly #onChange: () => void;
  readonly #writer: RecordWriter;
  readonly #drift: DriftWatch;
  #confirmed: Confirmed | undefined;
  #blob: ServedBlob | undefined;
  #file: ServedFile = 'unchanged';
  #isFromDisk = false;
  /** Git has said what is desired since the start. */
  #isFollowed = false;
  #record: RecordState = { kind: 'ok' };

  constructor({ environment, tools, recorded, onChange }: ServedReleaseOptions) {
    this.#environment = environment;
    this.#tools = tools;
    this.#recorded = recorded;
    this.#onChange = onChange;
    if (recorded.kind === 'corrupt') this.#noteRecord(recorded);
    const { records: store, clock } = tools;
    const onState = (state: RecordState): void => {
      this.#noteRecord(state);
      onChange();
    };
    this.#writer = new RecordWriter({ store, clock, onState });
    this.#drift = new DriftWatch({
      environment,
      ...tools,
      onResult: () => this.#noteDrift(),
      onDatabaseChange: () => tools.onFact(`database:${environment}`),
    });
  }

  /** Undefined: nothing is served. */
  get release(): string | undefined {
    return this.#tools.active.get(this.#environment)?.compiled.release.release;
  }

  /** Undefined: nothing is served, or it has not been checked since the start. */
  get confirmed(): Confirmed | undefined {
    return this.#isFromDisk ? undefined : this.#confirmed;
  }

  /** Whether the disk knows what to serve until something is activated. */
  get isRecorded(): boolean {
    return this.#recorded.kind === 'found';
  }

  get isWriting(): boolean {
    return this.#writer.isWriting;
  }

  get facts(): Pick<EnvironmentFacts, 'serving' | 'isFromDisk' | 'record' | 'drift' | 'away' | 'servedFile'> {
    const { state: drift, away } = this.#drift;
    const serving = this.release;
    return {
      serving,
      isFromDisk: this.#isFromDisk,
      record: this.#record,
      drift,
      away,
      servedFile: this.#file,
    };
  }

  describe(): ServingRelease | null {
    const active = this.#tools.active.get(this.#environment);
    if (active === undefined) return null;
    const { compiled, revision, since } = active;
    return { release: compiled.release.release, revision, since };
  }

  /** Git or the database cannot be asked: what is on disk answers. Resolves when it does, or cannot. */
  async answerFromDisk(): Promise<void> {
    if (this.#recorded.kind !== 'found' || this.release !== undefined) return;
    const { record } = this.#recorded;
    const { log, metrics } = this.#tools;
    const environment = this.#environment;
    const restored = await restoreLastKnownGood(this.#tools, record);
    if (restored.kind === 'failed') {
      this.#noteRecord({ kind: 'corrupt', message: restored.message });
    } else if (restored.kind === 'restored') {
      this.#isFromDisk = true;
      this.#blob = record;
      const { settings, digest } = record;
      this.#drift.follow({ settings, digest, handle: restored.handle, fingerprint: undefined });
      log.warn({ environment, release: record.release }, 'serving the last-known-good from disk');
      metrics.serving(environment, record);
    }
    this.#onChange();
  }

  /** The swap has put it in place. It is recorded after the swap: a crash in between serves the one before. */
  noteActivated(target: Target, { activated, blob, handle, settings, verdict }: Activated): void {
    const { metrics, handles } = this.#tools;
    const environment = this.#environment;
    const { compiled, revision } = activated;
    const { digest } = compiled;
    const { release } = compiled.release;
    this.#confirmed = { settings, findings: verdict.findings };
    this.#blob = { release, blob };
    this.#isFromDisk = false;
    this.#drift.follow({ settings, digest, handle, fingerprint: verdict.fingerprint });
    metrics.serving(environment, { release, revision });
    metrics.drifted(environment, false);
    handles.retireOthers(environment, [activated.database]);
    const text = (): Promise<string> => target.repo.text(blob, Number.MAX_SAFE_INTEGER);
    const { limits } = target;
    this.#writer.write({ environment, release, digest, blob, revision, text, settings, limits });
  }

  /** Databases that were opened for settings which are no longer desired and never came to serve. */
  retireOthers(): void {
    const { active, handles } = this.#tools;
    handles.retireOthers(this.#environment, [active.get(this.#environment)?.database]);
  }

  /** A reconcile has ended so. Loading the desired release has looked at its file; one served besides is looked at here. */
  async noteEnd({ repo, revision, releases }: Target, end: ReconcileEnd): Promise<void> {
    this.#isFollowed = true;
    if (this.#isFromDisk) this.#drift.checkSoon();
    const served = this.#blob;
    if (served === undefined || end.kind === 'serving') {
      this.#file = 'unchanged';
      return;
    }
    const looked = await lookAtServedFile({ repo, revision, releases }, served);
    if (looked.kind === 'stop') throw looked.error;
    if (served !== this.#blob || looked.value === this.#file) return;
    this.#file = looked.value;
    if (looked.value !== 'unchanged') {
      const fields = {
        environment: this.#environment,
        release: served.release,
        revision,
        file: looked.value,
      };
      this.#tools.log.warn(fields, "the serving release's file is another one");
    }
    this.#onChange();
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

  #noteRecord(state: RecordState): void {
    const before = this.#record;
    this.#record = state;
    if (state.kind === 'ok') return;
    // It is tried again and again; one line in the log tells it.
    if (before.kind === state.kind) return;
    const fields = { environment: this.#environment, problem: state.message };
    if (state.kind === 'corrupt') this.#tools.log.error(fields, 'the last-known-good on disk cannot be used');
    else this.#tools.log.error(fields, 'the last-known-good was not recorded');
  }

  #noteDrift(): void {
    const { kind } = this.#drift.state;
    if (kind === 'fits' && this.#isFollowed) this.#isFromDisk = false;
    this.#tools.metrics.drifted(this.#environment, kind === 'drifted');
    this.#onChange();
  }
}
