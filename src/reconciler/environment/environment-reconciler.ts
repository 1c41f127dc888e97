// One environment over time: works on its newest target with the list of stages, and plans the next reconcile. The loop
// reports changes to it; its state is in status/environment-state.ts.
import { asStkError } from '../../kernel/errors.ts';
import type { Limiter } from '../../kernel/limiter.ts';
import type { Pointer } from '../../model/pointer.ts';
import { DesiredWatch } from '../follow/desired-watch.ts';
import type { Activation } from '../stages/activate.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { ServedHere } from '../admission/served-here.ts';
import { isUnfinished, stopWith, type Target, type Unfinished } from '../stages/stage.ts';
import { stopTable } from '../status/reasons.ts';
import type { LastKnownGood, Recorded } from '../state/last-known-good.ts';
import { EnvironmentStore } from '../status/environment-store.ts';
import { servingOf } from '../status/environment-state.ts';
import type { Fact } from '../status/facts.ts';
import type { EnvironmentStatus } from '../status/status.ts';
import { describeStatus, type StatusRequest } from '../status/describe-status.ts';
import { timing } from '../status/timing.ts';
import type { Transition } from '../status/transition.ts';
import type { SmokeReport } from '../../smoke/run-smoke.ts';
import type { ActiveRelease, WritableServingTable } from '../../serving/serving-table.ts';
import type { HubRollback } from '../undo/hub-rollback.ts';
import type { UndoneMoves } from '../undo/undone-moves.ts';
import { Attempts } from './attempts.ts';
import { type Ended, reconcile } from './reconcile.ts';
import { InitWatch } from './init-watch.ts';
import { Lingering } from './lingering.ts';
import { planNext, stopsAtPointer } from './plan-next.ts';
import { findResumable } from './resume-last.ts';
import { ServedRelease, type ServedTools } from './served-release.ts';

export interface EnvironmentTools extends ServedTools {
  readonly table: WritableServingTable;
  readonly governed: GovernedPath;
  readonly undone: UndoneMoves;
  readonly rollback: HubRollback;
  /** For work that is not urgent: reading history. */
  readonly background: Limiter;
  /** Called after each transition. Must not throw. */
  onTransition(transition: Transition): void;
}

export class EnvironmentReconciler {
  readonly name: string;
  readonly #tools: EnvironmentTools;
  readonly #store: EnvironmentStore;
  readonly #attempts: Attempts<Target>;
  readonly #served: ServedRelease;
  readonly #desired: DesiredWatch;
  readonly #stopping = new AbortController();
  readonly #lingering: Lingering;
  readonly #init: InitWatch;
  readonly #side = new Set<Promise<void>>();
  #debtTimer = new AbortController();
  /** Since the last reconcile began. */
  readonly #changed = new Set<Fact>();

  constructor(name: string, tools: EnvironmentTools, recorded: Recorded<LastKnownGood>) {
    this.name = name;
    this.#tools = tools;
    const { table, clock, background, onTransition } = tools;
    this.#store = new EnvironmentStore({ environment: name, table, clock, onTransition });
    const { handles } = tools;
    this.#init = new InitWatch({ store: this.#store, handles, clock, stopping: this.#stopping.signal });
    this.#lingering = new Lingering(clock, this.#stopping.signal);
    this.#attempts = new Attempts<Target>({
      clock,
      attempt: (target, signal) => this.#attempt(target, signal),
    });
    this.#desired = new DesiredWatch(background, (desired) =>
      this.#store.apply({ kind: 'desired', desired }),
    );
    this.#served = new ServedRelease({ environment: name, tools, store: this.#store, recorded });
  }

  /** A new target: pre-empts the running attempt, and starts at once. */
  aim(target: Target): void {
    if (this.#stopping.signal.aborted) return;
    if (this.target === undefined) this.#answerMeanwhile();
    this.#store.apply({ kind: 'aimed', target });
    this.#attempts.aim(target);
  }

  /** A fact has changed: reconciles again at once if the last reconcile, or the running one, waits for it. */
  wake(fact: Fact): void {
    this.#changed.add(fact);
    this.#aside(fact === 'stops' ? this.#lookAtVeto() : this.#lookAtDebt());
    const { end } = this.#store.state;
    if (isUnfinished(end) && end.wakes.includes(fact)) this.#attempts.again(0);
  }

  get target(): Target | undefined {
    return this.#attempts.target;
  }

  /** Whether no change is pending or being processed. */
  get isSettled(): boolean {
    return !this.#store.state.isReconciling;
  }

  /** A reconcile has finished, with any result. */
  get hasFinished(): boolean {
    return this.#store.state.end !== undefined;
  }

  get hasPointer(): boolean {
    return this.target?.pointer !== undefined;
  }

  /** Ids of the pointer's release, as far as readable, and of the served one. */
  get namedReleases(): ReadonlySet<string> {
    const { desired, arms } = this.#store.state;
    return new Set([desired?.release ?? [], arms?.stable.compiled.release.release ?? []].flat());
  }

  /** Git is unreachable: the release on disk is served. Resolves when it is, or cannot be. */
  answerFromDisk(): Promise<void> {
    return this.#served.answerFromDisk();
  }

  /** What it serves, and whether that is healthy; `null` when nothing. */
  get serving(): ServedHere | null {
    const { arms, blob, away, drift } = this.#store.state;
    if (arms === undefined || blob === undefined) return null;
    const fits = drift.kind !== 'drifted';
    const isReachable = away === undefined;
    return { release: blob.release, digest: blob.blob, isHealthy: isReachable && fits, isReachable, fits };
  }

  /** Somebody ran the smoke tests of `active`. */
  noteSmoke(active: ActiveRelease, report: SmokeReport): void {
    const { arms, blob, isUnverified } = this.#store.state;
    if (arms?.stable !== active || blob === undefined || isUnverified) return;
    this.#store.apply({ kind: 'smoked', report });
    const content = { release: blob.release, digest: blob.blob };
    const { memory } = this.#tools.governed.past;
    memory.noteSmoke(this.name, content, report.isPassed ? 'passed' : 'failed');
  }

  noteCallFailure(): void {
    this.#served.noteCallFailure();
  }

  status(request: StatusRequest): EnvironmentStatus {
    return describeStatus(this.#store, request);
  }

  /** Resolves when no reconcile runs, and nothing is being recorded or read. */
  async settled(): Promise<void> {
    while (this.#attempts.running !== undefined || this.#side.size > 0 || this.#served.isWriting) {
      await Promise.all([this.#attempts.running, ...this.#side, this.#served.settled()]);
    }
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#attempts.close();
    await this.#served.close();
    await this.settled();
  }

  async #attempt(target: Target, signal: AbortSignal): Promise<void> {
    this.#changed.clear();
    const { failures } = this.#store.state;
    const start = {
      ...this.#tools,
      served: this.#served,
      target,
      signal,
      store: this.#store,
      isFresh: failures > 0 && failures % timing.freshEvery === 0,
      onDesired: (pointer: Pointer) => {
        if (!signal.aborted) this.#desired.note(target, pointer);
      },
      onActivated: (activation: Activation) => this.#served.noteActivated(activation),
    };
    const work = this.#lingering
      .run(signal, (patience) => reconcile({ ...start, patience }))
      .catch((thrown: unknown) => stopWith('InternalError', asStkError(thrown)));
    // Not awaited: hanging work may continue.
    const ended = await Promise.race([work, preempted(signal)]);
    if (ended.kind === 'preempted') return;
    if (isUnfinished(ended) && this.#store.state.arms === undefined)
      await this.#answerMeanwhileOf(target, ended, signal);
    this.#conclude(target, ended);
  }

  /** Nothing is served yet, and the desired release is not either. */
  async #answerMeanwhileOf(target: Target, ended: Unfinished, signal: AbortSignal): Promise<void> {
    if (stopTable[ended.reason].condition === 'Admitted' || ended.reason === 'SmokeFailed') {
      const last = await findResumable(this.#tools, target, signal);
      if (last !== undefined && !signal.aborted && this.#store.state.arms === undefined)
        this.#served.resume(target, last);
    }
    await this.answerFromDisk();
  }

  #conclude(target: Target, ended: Ended): void {
    if (ended.kind !== 'activated') {
      if (ended.kind === 'in-sync') this.#served.retireOthers();
      const unfinished = isUnfinished(ended) ? ended : undefined;
      this.#store.apply({ kind: 'ended', target, unfinished });
    }
    const { end, failures, blob } = this.#store.state;
    if (end === undefined) return;
    if (blob !== undefined && !isUnfinished(ended))
      this.#aside(this.#tools.governed.remember(target, { release: blob.release, digest: blob.blob }));
    if (stopsAtPointer(end)) this.#desired.forget();
    else this.#aside(this.#desired.lookUp(target, this.#stopping.signal));
    this.#aside(this.#served.noteEnd(target, end));
    this.#tools.rollback.commit(this.name);
    this.#aside(this.#lookAtVeto());
    this.#aside(this.#lookAtDebt());
    this.#aside(this.#init.look(target));
    const next = planNext({ end, failures }, this.#changed, this.#tools.clock);
    if (next !== undefined) this.#attempts.again(next);
  }

  /** The served release stays served under a veto; that is reported. */
  async #lookAtVeto(): Promise<void> {
    const release = servingOf(this.#store.state);
    if (release === undefined) return;
    const veto = (await this.#tools.governed.vetoOf(release))?.reason;
    const { state } = this.#store;
    if (servingOf(state) === release && state.veto !== veto)
      this.#store.apply({ kind: 'looked-at-veto', veto });
  }

  /** Evidence closes it, and so does time: it is checked again while there is some. */
  async #lookAtDebt(): Promise<void> {
    const { arms, blob, debt: known } = this.#store.state;
    if (arms === undefined || blob === undefined) return;
    const { release } = arms.stable.compiled;
    const debt = await this.#tools.governed.debtOf({ environment: this.name, release, digest: blob.blob });
    if (this.#store.state.blob?.blob !== blob.blob) return;
    if (JSON.stringify(debt) !== JSON.stringify(known)) this.#store.apply({ kind: 'looked-at-debt', debt });
    this.#debtTimer.abort();
    if (debt.length === 0) return;
    this.#debtTimer = new AbortController();
    const signal = AbortSignal.any([this.#debtTimer.signal, this.#stopping.signal]);
    void this.#tools.clock.sleep(timing.debtRecheck, signal).then(() => {
      if (!signal.aborted) this.#aside(this.#lookAtDebt());
    });
  }

  /** Until the first reconcile has finished, the release on disk is served after a short grace period. */
  #answerMeanwhile(): void {
    if (!this.#served.isRecorded) return;
    const waited = this.#tools.clock.sleep(timing.lastKnownGoodGrace, this.#stopping.signal);
    void waited.then(() => {
      if (!this.hasFinished && !this.#stopping.signal.aborted) this.#aside(this.answerFromDisk());
    });
  }

  #aside(work: Promise<void>): void {
    const { log } = this.#tools;
    const guarded: Promise<void> = work
      .catch((error: unknown) =>
        log.warn({ environment: this.name, problem: String(error) }, 'a read of git failed'),
      )
      .finally(() => this.#side.delete(guarded));
    this.#side.add(guarded);
  }
}

async function preempted(signal: AbortSignal): Promise<{ readonly kind: 'preempted' }> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return { kind: 'preempted' };
}
