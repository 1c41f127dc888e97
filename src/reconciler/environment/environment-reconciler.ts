// One environment over time: what it should serve and what comes of it. Runs reconciles, concludes them and shows the
// status; the loop tells it what changed. What it serves is served-release.ts's business.
import type { Condition } from '../../model/condition.ts';
import { asStkError } from '../../kernel/errors.ts';
import { Attempts } from './attempts.ts';
import {
  computeConditions,
  dateClaims,
  findingsOf,
  type EnvironmentFacts,
  type ReconcileEnd,
} from '../status/compute-conditions.ts';
import { concludeReconcile, planNext, stopsAtPointer } from './conclude-reconcile.ts';
import type { Fact } from '../status/facts.ts';
import type { ActiveRelease } from '../../serving/active-releases.ts';
import { DesiredWatch } from '../follow/desired-watch.ts';
import type { LastKnownGood, Recorded } from '../state/last-known-good.ts';
import type { Limiter } from '../../kernel/limiter.ts';
import { reconcile, type ReconcileResult } from './reconcile.ts';
import { ServedRelease, type ServedTools } from './served-release.ts';
import type { EnvironmentStatus } from '../status/status.ts';
import { explain, isUnfinished, stopWith, type Target } from '../stages/stage.ts';
import { timing } from '../status/timing.ts';

export interface EnvironmentTools extends ServedTools {
  /** For what is not urgent: reading history. */
  readonly background: Limiter;
  /** Something that `status` shows has changed. */
  onChange(): void;
}

export class EnvironmentReconciler {
  readonly name: string;
  readonly #tools: EnvironmentTools;
  readonly #attempts: Attempts<Target>;
  readonly #served: ServedRelease;
  readonly #desired: DesiredWatch;
  readonly #stopping = new AbortController();
  readonly #side = new Set<Promise<void>>();
  #isReconciling = false;
  /** Since the last reconcile began. */
  readonly #changed = new Set<Fact>();
  #end: ReconcileEnd | undefined;
  #failures = 0;
  #concludedRevision: string | undefined;
  #conditions: readonly Condition[] = [];

  constructor(name: string, tools: EnvironmentTools, recorded: Recorded<LastKnownGood>) {
    this.name = name;
    this.#tools = tools;
    this.#attempts = new Attempts<Target>({
      clock: tools.clock,
      attempt: (target, signal) => this.#reconcile(target, signal),
    });
    const onChange = (): void => this.#refresh();
    this.#desired = new DesiredWatch(tools.background, onChange);
    this.#served = new ServedRelease({ environment: name, tools, recorded, onChange });
    this.#refresh();
  }

  /** A new target: pre-empts what runs, and is worked on at once. */
  aim(target: Target): void {
    if (this.#stopping.signal.aborted) return;
    if (this.target === undefined) this.#answerMeanwhile();
    this.#isReconciling = true;
    this.#failures = 0;
    this.#attempts.aim(target);
    this.#refresh();
  }

  get target(): Target | undefined {
    return this.#attempts.target;
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
    return this.target?.pointer !== undefined;
  }

  /** Ids of the release that the pointer names, as far as it could be read, and of the one that is served. */
  get namedReleases(): ReadonlySet<string> {
    return new Set([this.#desired.current?.release ?? [], this.#served.release ?? []].flat());
  }

  /** Git cannot be asked: what is on disk answers. Resolves when it does, or cannot. */
  answerFromDisk(): Promise<void> {
    return this.#served.answerFromDisk();
  }

  /** A fact has changed: reconciles again at once if the last reconcile, or the one that runs, waits for it. */
  wake(fact: Fact): void {
    this.#changed.add(fact);
    if (isUnfinished(this.#end) && this.#end.wakes.includes(fact)) this.#attempts.again(0);
  }

  noteCallFailure(): void {
    this.#served.noteCallFailure();
  }

  status(project: string, observedRevision: string | undefined): EnvironmentStatus {
    const observed = this.isSettled ? observedRevision : this.#concludedRevision;
    return {
      project,
      environment: this.name,
      desired: this.#desired.current ?? null,
      serving: this.#served.describe(),
      observedRevision: observed ?? null,
      conditions: this.#conditions,
      findings: findingsOf(this.#facts()),
    };
  }

  /** Resolves when no reconcile runs, no record is being written and nothing is being looked up. */
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

  async #reconcile(target: Target, signal: AbortSignal): Promise<void> {
    this.#changed.clear();
    const work = reconcile(this.#tools, {
      target,
      signal,
      isFresh: this.#failures > 0 && this.#failures % timing.freshEvery === 0,
      confirmedWith: this.#served.confirmed?.settings,
      onDesired: (release) => this.#desired.note(target, release),
      // Counted here: the next commit may pre-empt what follows the swap.
      onSwapped: () => {
        this.#tools.metrics.activation(this.name, 'activated', 'Activated');
        this.#tools.onFact(`serving:${this.name}`);
      },
    }).catch((thrown: unknown): ReconcileResult => stopWith('InternalError', asStkError(thrown)));
    const result = await Promise.race([work, preempted(signal)]);
    if (result.kind === 'preempted') {
      // Not waited for: what hangs may hang on. Pre-empted between its swap and its end, it did swap.
      void work.then((late) => {
        if (late.kind === 'activated' && this.#isInPlace(late.activated)) this.#conclude(target, late);
      });
      return;
    }
    if (isUnfinished(result) && this.#served.release === undefined) await this.answerFromDisk();
    this.#conclude(target, result);
  }

  #isInPlace(activated: ActiveRelease): boolean {
    return this.#tools.active.get(this.name) === activated;
  }

  #conclude(target: Target, result: Exclude<ReconcileResult, { kind: 'preempted' }>): void {
    const { metrics, clock } = this.#tools;
    if (result.kind === 'activated') {
      this.#served.noteActivated(target, result);
      // A wait for a migration, say, is no time that the Hub took.
      if (this.#failures === 0) metrics.propagation(this.name, (clock.now() - target.seenAt) / 1000);
    }
    if (result.kind === 'in-sync') this.#served.retireOthers();
    const conclusion = concludeReconcile(result, {
      end: this.#end,
      isForChange: this.#isReconciling,
      failures: this.#failures,
      findings: this.#served.confirmed?.findings ?? [],
    });
    const { end, failures, news } = conclusion;
    if (news !== undefined && news.result !== 'activated')
      metrics.activation(this.name, news.result, news.reason);
    this.#logEnd(target, result, news !== undefined);
    // A newer target may have come while the last-known-good was being read.
    if (this.target === target) this.#isReconciling = false;
    this.#end = end;
    this.#failures = failures;
    this.#concludedRevision = target.revision;
    if (stopsAtPointer(end)) this.#desired.forget();
    else this.#aside(this.#desired.lookUp(target, this.#stopping.signal));
    this.#aside(this.#served.noteEnd(target, end));
    const next = planNext(conclusion, this.#changed, clock);
    if (next !== undefined) this.#attempts.again(next);
    this.#refresh();
  }

  #logEnd(
    { revision, seenAt }: Target,
    result: Exclude<ReconcileResult, { kind: 'preempted' }>,
    isNews: boolean,
  ): void {
    const { log, clock } = this.#tools;
    const environment = this.name;
    if (result.kind === 'activated') {
      const { activated } = result;
      const { release } = activated.compiled.release;
      const durationMs = clock.now() - seenAt;
      log.info({ environment, release, revision: activated.revision, durationMs }, 'release activated');
    }
    if (result.kind !== 'stop' && result.kind !== 'wait') return;
    const { reason } = result;
    const code = result.kind === 'stop' ? result.error.code : undefined;
    const fields = { environment, revision, reason, code, problem: explain(result).message };
    if (!isNews) log.debug(fields, 'the desired release is still not activated');
    else if (reason === 'InternalError') log.error(fields, 'the desired release is not activated');
    else log.warn(fields, 'the desired release is not activated');
  }

  /** Before the first reconcile has finished, what is on disk answers after a short grace. */
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
      ...this.#served.facts,
    };
  }

  #refresh(): void {
    const now = new Date(this.#tools.clock.now()).toISOString();
    const facts = this.#facts();
    this.#conditions = dateClaims(this.#conditions, computeConditions(facts), now);
    this.#tools.metrics.inSync(this.name, facts.end?.kind === 'serving' && facts.drift.kind !== 'drifted');
    this.#tools.onChange();
  }
}

async function preempted(signal: AbortSignal): Promise<{ readonly kind: 'preempted' }> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return { kind: 'preempted' };
}
