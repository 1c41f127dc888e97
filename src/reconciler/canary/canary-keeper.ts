// One canary environment over time: collects the facts, applies the rules, stores the result, and then acts. Storing
// comes first, so that a crash at any moment changes no decision: the next start continues from there.
//
//   every 10 s: facts → rules → look at the counts → rules → stored → share → events → the commit, when it returns
import { look, type StepConstraint } from '../../analysis/look.ts';
import type { AnalysisPolicy } from '../../analysis/policy.ts';
import type { Sample } from '../../analysis/sample.ts';
import { startState } from '../../analysis/state.ts';
import { asStkError } from '../../kernel/errors.ts';
import { type AnalysisSettings, verdictReasons } from '../../model/pipeline/canary.ts';
import type { Log } from '../log.ts';
import type { Canary, CanaryState, ReturnDecision } from './canary-state.ts';
import type { CanaryTold } from './canary-step.ts';
import type { CanaryStore, KeptAnalysis, KeptCanary } from './canary-store.ts';
import { isShareOn, nextCanaryState, type CanaryEvent, type CanaryFacts } from './next-canary-state.ts';

/** The settings of the canary in stk.yaml. */
export interface CanaryPlan {
  readonly environment: string;
  readonly of: string;
  /** Weights in per cent, in order. */
  readonly weights: readonly number[];
  /** `undefined` when nothing passes automatically, and nothing is analysed. */
  readonly policy: AnalysisPolicy | undefined;
  /** Where counts come from. */
  readonly source: AnalysisSettings['source'] | undefined;
  /** Whether other Hubs answer calls as well. */
  readonly hasOtherHubs: boolean;
}

export type GatheredFacts = Omit<CanaryFacts, 'state' | 'environment' | 'of'> & {
  /** Why no step may begin; `undefined` when it may. */
  readonly stopped: string | undefined;
};

/** What a keeper reads and does. */
export interface CanaryWorld {
  readonly store: CanaryStore;
  readonly log: Log;
  /** The current settings; `undefined` when the environment is not a canary any more. */
  plan(): CanaryPlan | undefined;
  /** Rejects with git's errors. */
  facts(): Promise<GatheredFacts>;
  /** Sends this percentage of the calls to the canary; 0 for none. */
  setShare(canary: Canary | undefined, weight: number): void;
  /** The calls since the last time, and the health of both arms. */
  take(plan: CanaryPlan, canary: Canary): Promise<Omit<Sample, 'at' | 'elapsedMs'>>;
  /** On disk when it resolves. */
  tell(told: CanaryTold): Promise<void>;
  /** The state of the canary may have changed. Must not throw. */
  changed(): void;
  /** Commits the pointer back, in the background. Called again until the pointer names another release. */
  goBack(back: CanaryReturn): Promise<void>;
}

export interface CanaryReturn {
  readonly canary: Canary;
  readonly decision: ReturnDecision;
  /** The release that the environment `of` serves. */
  readonly to: string;
  /** The settings of the decision; `undefined` when nothing was analysed. */
  readonly policy: AnalysisPolicy | undefined;
}

export interface CanaryView {
  readonly plan: CanaryPlan;
  readonly state: CanaryState;
  readonly analysis: KeptAnalysis | undefined;
}

const nothing: KeptCanary = { state: { kind: 'none', ended: undefined }, analysis: undefined, untold: [] };

export class CanaryKeeper {
  readonly #environment: string;
  readonly #world: CanaryWorld;
  #kept: KeptCanary = nothing;
  #isLoaded = false;
  #work: Promise<unknown> = Promise.resolve();

  constructor(environment: string, world: CanaryWorld) {
    this.#environment = environment;
    this.#world = world;
  }

  /** `undefined` when the environment is not a canary any more. */
  get view(): CanaryView | undefined {
    const plan = this.#world.plan();
    const { state, analysis } = this.#kept;
    return plan && { plan, state, analysis };
  }

  /** Something may have changed. Never rejects. */
  observe(): Promise<void> {
    return this.#inTurn(async (plan) => {
      await this.#observe(plan);
    });
  }

  /** One look. `elapsedMs`: from a monotonic clock since the previous look. Never rejects. */
  look(elapsedMs: number): Promise<void> {
    return this.#inTurn(async (plan) => {
      const facts = await this.#observe(plan);
      if (this.#kept.state.kind === 'running' && plan.policy !== undefined)
        await this.#look({ plan, policy: plan.policy, facts, elapsedMs });
    });
  }

  /** A person's request. Rejects with errors of git or the disk. */
  async ask(event: Extract<CanaryEvent, { kind: 'asked' }>): Promise<CanaryView | undefined> {
    const asked = this.#work.then(async () => {
      const plan = this.#world.plan();
      if (plan === undefined) return;
      const facts = await this.#observe(plan);
      await this.#take(plan, facts, event);
    });
    this.#work = asked.catch(() => undefined);
    await asked;
    return this.view;
  }

  async settled(): Promise<void> {
    await this.#work;
  }

  #inTurn(work: (plan: CanaryPlan) => Promise<void>): Promise<void> {
    const done = this.#work.then(async () => {
      const plan = this.#world.plan();
      if (plan === undefined) return;
      try {
        await work(plan);
      } catch (thrown) {
        const problem = asStkError(thrown).message;
        this.#world.log.warn({ environment: this.#environment, problem }, 'a canary could not be analysed');
      }
    });
    this.#work = done;
    return done;
  }

  async #observe(plan: CanaryPlan): Promise<GatheredFacts> {
    if (!this.#isLoaded) await this.#load();
    const facts = await this.#world.facts();
    await this.#take(plan, facts, { kind: 'observed' });
    return facts;
  }

  async #load(): Promise<void> {
    const { store, log } = this.#world;
    const environment = this.#environment;
    try {
      this.#kept = (await store.read(environment)) ?? nothing;
    } catch (thrown) {
      const problem = asStkError(thrown).message;
      log.error(
        { environment, problem },
        'the stored state of a canary cannot be read: the canary begins again',
      );
    }
    this.#isLoaded = true;
    await this.#tellUntold();
  }

  async #look({
    plan,
    policy,
    facts,
    elapsedMs,
  }: {
    readonly plan: CanaryPlan;
    readonly policy: AnalysisPolicy;
    readonly facts: GatheredFacts;
    readonly elapsedMs: number;
  }): Promise<void> {
    const { state } = this.#kept;
    if (state.kind !== 'running') return;
    const analysis = await this.#analysisOf(state.canary, policy, facts.now);
    const counted = await this.#world.take(plan, state.canary);
    const sample: Sample = { at: facts.now, elapsedMs, ...counted };
    const constraint: StepConstraint = {
      heldBecause: state.held?.reason ?? null,
      mayStep: facts.isLeader && facts.stopped === undefined,
      step: state.canary.step,
    };
    // A copy: counts are shown when they are stored.
    const next = structuredClone(analysis.state);
    const report = look(policy, next, sample, constraint);
    const looks = analysis.looks + 1;
    await this.#log(state.canary, { look: looks, sample, constraint, report });
    await this.#take(plan, facts, { kind: 'looked', report }, { ...analysis, state: next, looks, report });
  }

  /** Changed settings restart the analysis: counts belong to one plan. */
  async #analysisOf(canary: Canary, policy: AnalysisPolicy, now: number): Promise<KeptAnalysis> {
    const kept = this.#kept.analysis;
    if (kept !== undefined && JSON.stringify(kept.policy) === JSON.stringify(policy)) return kept;
    const fresh: KeptAnalysis = { policy, state: startState(policy), looks: 0, report: undefined };
    const { state } = this.#kept;
    if (state.kind === 'running') {
      const again = kept === undefined ? canary : { ...canary, step: 0, stepsSince: now };
      this.#kept = { ...this.#kept, state: { ...state, canary: again }, analysis: fresh };
    }
    await this.#world.store.begin({ canary, policy }).catch((thrown: unknown) => this.#noteDisk(thrown));
    return fresh;
  }

  /** One step of the rules: stored, then done. `looked`: the analysis after a look. */
  async #take(
    plan: CanaryPlan,
    gathered: GatheredFacts,
    event: CanaryEvent,
    looked = this.#kept.analysis,
  ): Promise<void> {
    const { environment, of, weights } = plan;
    const before = this.#kept.state;
    // Settings with fewer weights may be newer than the step in the event.
    const steps = gathered.steps.filter(({ step }) => step < weights.length);
    const facts: CanaryFacts = { ...gathered, steps, environment, of, state: before };
    const { state, told } = nextCanaryState(facts, event);
    for (const one of told) this.#logTold(one);
    const isNewCanary = state.kind === 'running' && state.canary.revision !== revisionOf(before);
    const analysis = isNewCanary ? undefined : looked;
    const kept = { state, analysis, untold: [...this.#kept.untold, ...told] };
    // Others act by the state at once.
    this.#kept = { ...kept, analysis: isNewCanary ? undefined : this.#kept.analysis };
    const isChange = JSON.stringify(state) !== JSON.stringify(before) || event.kind === 'looked';
    if (isChange)
      await this.#world.store.write(environment, kept).catch((thrown: unknown) => this.#noteDisk(thrown));
    this.#kept = kept;
    this.#share(plan, { ...facts, state });
    if (isChange) this.#world.changed();
    await this.#tellUntold();
    if (state.kind === 'returning' && gathered.stable !== null)
      await this.#world.goBack({
        ...state,
        to: gathered.stable.release,
        policy: this.#kept.analysis?.policy,
      });
  }

  #share({ weights }: CanaryPlan, facts: CanaryFacts): void {
    const { state } = facts;
    const isOn = isShareOn(facts);
    const canary = state.kind === 'running' ? state.canary : undefined;
    this.#world.setShare(isOn ? canary : undefined, isOn ? (weights[canary?.step ?? 0] ?? 0) : 0);
  }

  /** Sent twice, it counts once: an event that a crash left behind is sent again. Never delays a return. */
  async #tellUntold(): Promise<void> {
    const { untold } = this.#kept;
    if (untold.length === 0) return;
    try {
      for (const told of untold) await this.#world.tell(told);
      this.#kept = { ...this.#kept, untold: [] };
    } catch (thrown) {
      const problem = asStkError(thrown).message;
      this.#world.log.error(
        { environment: this.#environment, problem },
        'an event of a canary was not written',
      );
    }
  }

  async #log(canary: Canary, looked: Parameters<CanaryStore['append']>[1]): Promise<void> {
    await this.#world.store.append(canary, looked).catch((thrown: unknown) => this.#noteDisk(thrown));
  }

  /** What a person should check is a warning. */
  #logTold({ event, canary, sentence, reason }: CanaryTold): void {
    const isWarning =
      ['canary-failed', 'canary-aborted', 'canary-paused'].includes(event) ||
      Object.values(verdictReasons).some((one) => one === reason);
    const fields = { environment: canary.environment, release: canary.content.release, event, sentence };
    this.#world.log[isWarning ? 'warn' : 'info'](fields, 'a canary changed its state');
  }

  /** A full disk does not stop a canary's return. */
  #noteDisk(thrown: unknown): void {
    const problem = asStkError(thrown).message;
    this.#world.log.error({ environment: this.#environment, problem }, 'a canary cannot be stored');
  }
}

function revisionOf(state: CanaryState): string | undefined {
  return state.kind === 'none' ? undefined : state.canary.revision;
}
