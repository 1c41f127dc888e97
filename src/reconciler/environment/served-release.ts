// The consequences of what one environment serves: it is recorded for a restart, compared with its database and its
// file, and the databases of earlier releases are closed. The environment's state holds what it serves.
import { DriftWatch, type Followed } from './drift-watch.ts';
import type { LastKnownGood, LastKnownGoodStore, Recorded } from '../state/last-known-good.ts';
import type { Log } from '../log.ts';
import type { Activation } from '../stages/activate.ts';
import type { Resumable } from './resume-last.ts';
import type { ReconcileTools } from './reconcile-tools.ts';
import { type PendingRecord, RecordWriter } from '../state/record-writer.ts';
import { restoreLastKnownGood } from '../state/restore-last-known-good.ts';
import { lookAtServedFile, type ServedBlob } from '../state/served-file.ts';
import type { ActiveRelease } from '../../serving/serving-table.ts';
import type { EnvironmentStore } from '../status/environment-store.ts';
import type { Confirmed, RecordState, ReconcileEnd } from '../status/environment-state.ts';
import type { Target } from '../stages/stage.ts';

export interface ServedTools extends ReconcileTools {
  readonly records: LastKnownGoodStore;
  readonly log: Log;
}

export interface ServedReleaseOptions {
  readonly environment: string;
  readonly tools: ServedTools;
  readonly store: EnvironmentStore;
  /** From the disk at the start. */
  readonly recorded: Recorded<LastKnownGood>;
}

/** The known good release: a failed smoke test returns to it. */
interface Good {
  readonly active: ActiveRelease;
  readonly blob: ServedBlob;
  readonly confirmed: Confirmed | undefined;
  readonly followed: Followed;
}

interface Unverified extends Good {
  readonly record: PendingRecord;
}

export class ServedRelease {
  readonly #environment: string;
  readonly #tools: ServedTools;
  readonly #store: EnvironmentStore;
  readonly #recorded: Recorded<LastKnownGood>;
  readonly #writer: RecordWriter;
  readonly #drift: DriftWatch;
  #good: Good | undefined;
  /** Served, while its smoke tests run. */
  #unverified: Unverified | undefined;

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

  /** Whether the disk has a release to serve until something is activated. */
  get isRecorded(): boolean {
    return this.#recorded.kind === 'found';
  }

  get isWriting(): boolean {
    return this.#writer.isWriting;
  }

  /** Git or the database is unreachable: the release on disk is served. Resolves when it is, or cannot be. */
  async answerFromDisk(): Promise<void> {
    if (this.#recorded.kind !== 'found' || this.#isServing) return;
    const { record } = this.#recorded;
    const { library, handles, clock } = this.#tools;
    const restored = await restoreLastKnownGood(library, record);
    if (restored.kind === 'failed') {
      this.#store.apply({ kind: 'recorded', record: { kind: 'corrupt', message: restored.message } });
      return;
    }
    // Something may have been activated meanwhile.
    if (this.#isServing) return;
    const { settings, digest, limits, revision, release, blob } = record;
    const handle = handles.acquire(settings, limits, undefined);
    handle.database.prepare();
    const active = {
      environment: this.#environment,
      revision,
      since: new Date(clock.now()).toISOString(),
      compiled: restored.compiled,
      blob,
      database: handle.database,
      maxRows: limits.rows,
      refuseWrites: false,
    };
    this.#store.apply({ kind: 'restored', active, blob: { release, blob } });
    const followed = { settings, digest, handle, fingerprint: undefined };
    this.#drift.follow(followed);
    this.#good = { active, blob: { release, blob }, confirmed: undefined, followed };
  }

  /** Nothing is served, and another release than `digest` was known good: that one is served first. */
  async answerBefore(digest: string): Promise<void> {
    if (this.#recorded.kind === 'found' && this.#recorded.record.digest !== digest)
      await this.answerFromDisk();
  }

  /** The last served release, after a check, is served until the pointer's move may take effect. */
  resume(target: Target, last: Resumable): void {
    const { compiled, blob, handle, settings, verdict, revision } = last;
    const active = {
      environment: this.#environment,
      revision,
      since: new Date(this.#tools.clock.now()).toISOString(),
      compiled,
      blob,
      database: handle.database,
      maxRows: target.limits.rows,
      refuseWrites: false,
    };
    const confirmed = { settings, findings: verdict.findings };
    const { release } = compiled.release;
    this.#store.apply({ kind: 'resumed', active, blob: { release, blob }, confirmed });
    this.noteActivated({ target, active, blob, handle, settings, verdict, isUnverified: false });
  }

  /** It was just activated. It is recorded after the swap: a crash in between serves the previous one. */
  noteActivated({ target, active, blob, handle, settings, verdict, isUnverified }: Activation): void {
    const { compiled, revision, database } = active;
    const { digest } = compiled;
    const { release } = compiled.release;
    const environment = this.#environment;
    const followed = { settings, digest, handle, fingerprint: verdict.fingerprint };
    this.#drift.follow(followed);
    this.#tools.handles.retireOthers(environment, [database, this.#good?.active.database]);
    const text = (): Promise<string> => target.repo.text(blob, Number.MAX_SAFE_INTEGER);
    const { limits } = target;
    this.#unverified = {
      active,
      blob: { release, blob },
      confirmed: { settings, findings: verdict.findings },
      followed,
      record: { environment, release, digest, blob, revision, text, settings, limits },
    };
    if (!isUnverified) this.confirm(active);
  }

  /** It stays: from now on a restart and a failed smoke test return to it. */
  confirm(active: ActiveRelease): void {
    if (this.#unverified?.active !== active) return;
    const { record, ...good } = this.#unverified;
    this.#unverified = undefined;
    this.#good = good;
    this.#tools.handles.retireOthers(this.#environment, [active.database]);
    this.#writer.write(record);
  }

  /** The previous known good release; `undefined` when none exists, or it is the same. */
  goodBefore({ compiled }: ActiveRelease): Good | undefined {
    return this.#good?.active.compiled.digest === compiled.digest ? undefined : this.#good;
  }

  /** Serves the known good release before `active`, unless something else was activated since. */
  goBack(target: Target, active: ActiveRelease): void {
    const good = this.goodBefore(active);
    if (good === undefined || this.#unverified?.active !== active) return;
    this.#unverified = undefined;
    const { blob, confirmed, followed } = good;
    this.#store.apply({ kind: 'undone', target, active: good.active, blob, confirmed });
    this.#drift.follow({ ...followed, fingerprint: undefined });
    this.retireOthers();
  }

  /** Databases that were opened for settings that are no longer desired and never used for serving. */
  retireOthers(): void {
    const database = this.#store.state.arms?.stable.database;
    this.#tools.handles.retireOthers(this.#environment, [database]);
  }

  /**
   * The end of a reconcile. Loading the desired release has checked its file; the file of another served one is checked
   * here.
   */
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
