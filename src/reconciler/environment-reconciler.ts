// One environment over time: what it should serve, what it serves, and when to look again. Runs one reconcile at a time;
// a newer target pre-empts it. Owns the environment's timers; the loop tells it what changed.
//
//   idle --aim--> reconciling --activated, in-sync--> idle (drift is watched)
//                 reconciling --stopped--> idle, or waiting (back-off, interval) --time--> reconciling
//                 reconciling, waiting --aim--> reconciling (the newer target)
import type { Condition } from '../model/condition.ts';
import { asStkError } from '../model/errors.ts';
import type { Finding } from '../model/finding.ts';
import type { EnvironmentSettings } from '../model/project.ts';
import {
  computeConditions,
  dateClaims,
  findingsOf,
  type EnvironmentFacts,
  type ReconcileEnd,
  type RecordState,
} from './compute-conditions.ts';
import { DesiredWatch } from './desired-watch.ts';
import { DriftWatch } from './drift-watch.ts';
import type { LastKnownGood, LastKnownGoodStore, Recorded } from './last-known-good.ts';
import type { Limiter } from './limiter.ts';
import type { Log } from './log.ts';
import { stopTable } from './reasons.ts';
import {
  reconcileEnvironment,
  type Activated,
  type ReconcileResult,
  type ReconcileTools,
} from './reconcile-environment.ts';
import type { ReconcilerMetrics } from './reconciler-metrics.ts';
import { RecordWriter } from './record-writer.ts';
import { restoreLastKnownGood } from './restore-last-known-good.ts';
import type { EnvironmentStatus } from './status.ts';
import type { Stop, Target } from './steps/step.ts';
import { backOff, timing, withJitter } from './timing.ts';

export interface EnvironmentTools extends ReconcileTools {
  readonly records: LastKnownGoodStore;
  /** For what is not urgent: reading history. */
  readonly background: Limiter;
  readonly log: Log;
  readonly metrics: ReconcilerMetrics;
  /** Something that `status` shows has changed. */
  onChange(): void;
}

/** What is served, with what it was checked with. */
interface Confirmed {
  readonly settings: EnvironmentSettings;
  readonly findings: readonly Finding[];
}

export class EnvironmentReconciler {
  readonly name: string;
  readonly #tools: EnvironmentTools;
  readonly #writer: RecordWriter;
  readonly #drift: DriftWatch;
  readonly #recorded: Recorded<LastKnownGood>;
  #target: Target | undefined;
  #isPending = false;
  #isReconciling = false;
  #running: Promise<void> | undefined;
  #attempt = new AbortController();
  #timer = new AbortController();
  readonly #stopping = new AbortController();
  readonly #side = new Set<Promise<void>>();
  #end: ReconcileEnd | undefined;
  #failures = 0;
  readonly #desired: DesiredWatch;
  #confirmed: Confirmed | undefined;
  #isFromDisk = false;
  #record: RecordState = { kind: 'ok' };
  #concludedRevision: string | undefined;
  #conditions: readonly Condition[] = [];

  constructor(name: string, tools: EnvironmentTools, recorded: Recorded<LastKnownGood>) {
    this.name = name;
    this.#tools = tools;
    this.#recorded = recorded;
    if (recorded.kind === 'corrupt') {
      this.#record = recorded;
      tools.log.warn(
        { environment: name, problem: recorded.message },
        'the last-known-good on disk cannot be used',
      );
    }
    this.#desired = new DesiredWatch(tools.background, () => this.#refresh());
    this.#writer = new RecordWriter(tools.records, (state) => this.#noteRecord(state));
    this.#drift = new DriftWatch({ environment: name, ...tools, onResult: () => this.#noteDrift() });
    this.#refresh();
  }

  /** A new target: pre-empts what runs, and is worked on at once. */
  aim(target: Target): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#target === undefined) this.#answerMeanwhile();
    this.#target = target;
    this.#isReconciling = true;
    this.#failures = 0;
    this.#refresh();
    this.#attempt.abort();
    this.#start();
  }

  get target(): Target | undefined {
    return this.#target;
  }

  /** Whether nothing is pending or running for a change. */
  get isSettled(): boolean {
    return !this.#isReconciling;
  }

  /** A reconcile has finished, whatever its end. */
  get hasFinished(): boolean {
    return this.#end !== undefined;
  }

  get hasPointer(): boolean {
    return this.#target?.pointer !== undefined;
  }

  /** Id of the release that the pointer names, as far as it could be read. */
  get desiredRelease(): string | undefined {
    return this.#desired.current?.release;
  }

  /** The revision of the last concluded target. */
  get concludedRevision(): string | undefined {
    return this.#concludedRevision;
  }

  /** Git cannot be asked: what is on disk answers. Resolves when it does, or cannot. */
  async answerFromDisk(): Promise<void> {
    if (this.#recorded.kind !== 'found' || this.#tools.active.get(this.name) !== undefined) return;
    const { record } = this.#recorded;
    const restored = await restoreLastKnownGood(this.#tools, record);
    if (restored.kind === 'failed') {
      this.#record = { kind: 'corrupt', message: restored.message };
      this.#tools.log.error(
        { environment: this.name, problem: restored.message },
        'the last-known-good cannot be served',
      );
    } else if (restored.kind === 'restored') {
      this.#isFromDisk = true;
      this.#drift.follow({ settings: record.settings, handle: restored.handle, fingerprint: undefined });
      this.#tools.log.warn(
        { environment: this.name, release: record.release },
        'serving the last-known-good from disk',
      );
      this.#tools.metrics.serving(this.name, record);
    }
    this.#refresh();
  }

  noteCallFailure(sqlstate: string): void {
    this.#drift.noteCallFailure(sqlstate);
  }

  status(
    project: string,
    observedRevision: string | undefined,
  ): Omit<EnvironmentStatus, 'conditions'> & { conditions: readonly Condition[] } {
    const active = this.#tools.active.get(this.name);
    const serving =
      active === undefined
        ? null
        : { release: active.compiled.release.release, revision: active.revision, since: active.since };
    const observed = this.isSettled ? observedRevision : this.#concludedRevision;
    return {
      project,
      environment: this.name,
      desired: this.#desired.current ?? null,
      serving,
      observedRevision: observed ?? null,
      conditions: this.#conditions,
      findings: findingsOf(this.#facts()),
    };
  }

  /** Resolves when no reconcile runs, no record is being written and nothing is being looked up. */
  async settled(): Promise<void> {
    while (this.#running !== undefined || this.#side.size > 0 || this.#writer.isWriting) {
      await Promise.all([this.#running, ...this.#side, this.#writer.written()]);
    }
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#attempt.abort();
    this.#timer.abort();
    await this.#drift.close();
    await this.settled();
  }

  #start(): void {
    this.#timer.abort();
    this.#isPending = true;
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined;
    });
  }

  async #drain(): Promise<void> {
    while (this.#isPending && this.#target !== undefined && !this.#stopping.signal.aborted) {
      this.#isPending = false;
      this.#attempt = new AbortController();
      await this.#reconcile(this.#target, this.#attempt.signal);
    }
  }

  async #reconcile(target: Target, signal: AbortSignal): Promise<void> {
    const work = reconcileEnvironment(this.#tools, {
      target,
      signal,
      confirmedWith: this.#isFromDisk ? undefined : this.#confirmed?.settings,
      onDesired: (release) => this.#desired.note(target, release),
    }).catch((thrown: unknown): ReconcileResult => ({ kind: 'stopped', stop: unforeseen(thrown) }));
    const result = await Promise.race([work, preempted(signal)]);
    switch (result.kind) {
      case 'preempted':
        // Not waited for: what hangs may hang on.
        void work.then((late) => this.#noteLate(target, late));
        return;
      case 'activated':
        this.#noteActivated(target, result.activated);
        return;
      case 'in-sync':
        this.#conclude(target, { kind: 'serving', findings: this.#confirmed?.findings ?? [] });
        this.#tools.metrics.activation(this.name, 'unchanged', 'Serving');
        return;
      case 'stopped':
        await this.#noteStopped(target, result.stop);
    }
  }

  /** A reconcile that was pre-empted between its swap and its end did swap: what it put in place is what is served. */
  #noteLate(target: Target, late: ReconcileResult): void {
    if (late.kind !== 'activated' || this.#tools.active.get(this.name) !== late.activated.active) return;
    this.#noteActivated(target, late.activated);
  }

  #noteActivated(target: Target, { active, loaded, handle, settings, verdict }: Activated): void {
    const { log, metrics, clock, handles } = this.#tools;
    this.#confirmed = { settings, findings: verdict.findings };
    this.#isFromDisk = false;
    this.#drift.follow({ settings, handle, fingerprint: verdict.fingerprint });
    this.#failures = 0;
    const release = active.compiled.release.release;
    const seconds = (clock.now() - target.seenAt) / 1000;
    metrics.activation(this.name, 'activated', 'Activated');
    metrics.propagation(this.name, seconds);
    metrics.serving(this.name, { release, revision: active.revision });
    this.#conclude(target, { kind: 'serving', findings: verdict.findings });
    log.info(
      { environment: this.name, release, revision: active.revision, durationMs: seconds * 1000 },
      'release activated',
    );
    handles.retireOthers(this.name, [active.database]);
    this.#writer.write({
      environment: this.name,
      release,
      digest: active.compiled.digest,
      blob: loaded.blob,
      revision: active.revision,
      text: () => target.repo.text(loaded.blob, Number.MAX_SAFE_INTEGER),
      settings,
      limits: target.limits,
    });
  }

  async #noteStopped(target: Target, stop: Stop): Promise<void> {
    const { log, metrics, active, clock } = this.#tools;
    const { again } = stopTable[stop.reason];
    const isNews =
      this.#isReconciling || this.#end?.kind !== 'stopped' || this.#end.stop.reason !== stop.reason;
    const fields = {
      environment: this.name,
      revision: target.revision,
      reason: stop.reason,
      code: stop.error.code,
      problem: stop.error.message,
    };
    if (isNews) {
      const level = stop.reason === 'InternalError' ? 'error' : 'warn';
      log[level](fields, 'the desired release is not activated');
      metrics.activation(this.name, again === 'back-off' ? 'failed' : 'refused', stop.reason);
    } else log.debug(fields, 'the desired release is still not activated');
    if (active.get(this.name) === undefined) await this.answerFromDisk();
    this.#conclude(target, { kind: 'stopped', stop });
    this.#failures += 1;
    if (again === 'back-off') this.#wait(backOff(this.#failures, clock));
    if (again === 'interval') this.#wait(withJitter(timing.recheck, clock));
    if (this.#isFromDisk) this.#drift.checkSoon();
  }

  #conclude(target: Target, end: ReconcileEnd): void {
    // A newer target may have come while the last-known-good was being read.
    if (this.#target === target) this.#isReconciling = false;
    this.#end = end;
    this.#concludedRevision = target.revision;
    if (stopsAtPointer(end)) this.#desired.forget();
    else this.#aside(this.#desired.lookUp(target, this.#stopping.signal));
    this.#tools.metrics.inSync(this.name, end.kind === 'serving');
    this.#refresh();
  }

  /** Before the first reconcile has finished, what is on disk answers after a short grace. */
  #answerMeanwhile(): void {
    if (this.#recorded.kind !== 'found') return;
    const waited = this.#tools.clock.sleep(timing.lastKnownGoodGrace, this.#stopping.signal);
    void waited.then(() => {
      if (!this.hasFinished && !this.#stopping.signal.aborted) this.#aside(this.answerFromDisk());
    });
  }

  #wait(ms: number): void {
    this.#timer = new AbortController();
    const { signal } = this.#timer;
    void this.#tools.clock.sleep(ms, signal).then(() => {
      if (!signal.aborted && !this.#stopping.signal.aborted) this.#start();
    });
  }

  #noteRecord(state: RecordState): void {
    if (state.kind === 'not-recorded') {
      this.#tools.log.error(
        { environment: this.name, problem: state.message },
        'the last-known-good was not recorded',
      );
    }
    this.#record = state;
    this.#refresh();
  }

  #noteDrift(): void {
    if (this.#drift.state.kind === 'fits' && this.#isFromDisk && this.#target !== undefined)
      this.#isFromDisk = false;
    this.#tools.metrics.inSync(
      this.name,
      this.#end?.kind === 'serving' && this.#drift.state.kind !== 'drifted',
    );
    this.#refresh();
  }

  #aside(work: Promise<void>): void {
    const { log } = this.#tools;
    const guarded: Promise<void> = work
      .catch((error: unknown) =>
        log.warn({ environment: this.name, problem: String(error) }, 'a look-up failed'),
      )
      .finally(() => this.#side.delete(guarded));
    this.#side.add(guarded);
  }

  #facts(): EnvironmentFacts {
    return {
      environment: this.name,
      end: this.#end,
      isReconciling: this.#isReconciling,
      desired: this.#desired.current?.release,
      serving: this.#tools.active.get(this.name)?.compiled.release.release,
      isFromDisk: this.#isFromDisk,
      record: this.#record,
      drift: this.#drift.state,
    };
  }

  #refresh(): void {
    const now = new Date(this.#tools.clock.now()).toISOString();
    this.#conditions = dateClaims(this.#conditions, computeConditions(this.#facts()), now);
    this.#tools.onChange();
  }
}

async function preempted(signal: AbortSignal): Promise<{ readonly kind: 'preempted' }> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return { kind: 'preempted' };
}

function stopsAtPointer(end: ReconcileEnd): boolean {
  return (
    end.kind === 'stopped' &&
    stopTable[end.stop.reason].condition === 'PointerValid' &&
    end.stop.reason !== 'GitFailed' &&
    end.stop.reason !== 'InternalError'
  );
}

function unforeseen(thrown: unknown): Stop {
  return { reason: 'InternalError', error: asStkError(thrown), findings: [] };
}
