// Watches the environments that have triggers: one timer, every 10 s. The Hub that sends an environment's events asks
// the questions; only the one that holds its lock acts. The state of an activation is read from its events, so that
// another Hub can continue.
//
//   every 10 s: due questions → readings → watch.ts → event on the disk → while it fires: decide → act
import { asStkError } from '../../kernel/errors.ts';
import type { Condition } from '../../model/condition.ts';
import type { EnvironmentPolicy } from '../../model/pipeline/pipeline.ts';
import type { EventRecord } from '../../model/pipeline/record.ts';
import type { Trigger } from '../../model/pipeline/trigger.ts';
import type { ActiveRelease, ServingTable } from '../../serving/serving-table.ts';
import { lookAtFiles } from '../../serving/files/look-at-files.ts';
import type { GovernedParts } from '../admission/governed-parts.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { ServedHere } from '../admission/served-here.ts';
import type { BakeDesk } from '../bake/bake-desk.ts';
import type { HubState } from '../hub-state.ts';
import { dateClaims } from '../status/compute-conditions.ts';
import { type ActTools, decideFiring, type Acted } from './act-on-trigger.ts';
import { askTrigger, type WatchedPlace } from './ask-trigger.ts';
import type { PresentedTrigger } from '../status/status.ts';
import { claimOf, presentTriggers } from './present-triggers.ts';
import { readServedSince, type ServedSince } from './trigger-facts.ts';
import { beginWatch, forOf, isDue, nextWatch, type Watch, type WatchTold } from './watch.ts';

export interface TriggerDeskOptions extends ActTools {
  readonly table: ServingTable;
  readonly governed: GovernedPath;
  readonly bakes: Pick<BakeDesk, 'readingOf'>;
  readonly hub: ActTools['hub'] & Pick<HubState, 'smoke'>;
  servedHere(environment: string): ServedHere | null | undefined;
  /** A condition changed. */
  onChange(): void;
}

/** The state of one environment's triggers, for one activation. */
interface Watched {
  readonly revision: string;
  readonly watches: Map<string, Watch>;
  /** The newest decision of each firing trigger. */
  readonly acted: Map<string, Acted>;
  conditions: readonly Condition[];
  triggers: readonly PresentedTrigger[];
}

const lookEvery = 10_000;

export class TriggerDesk {
  readonly #options: TriggerDeskOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #rounds = 0;

  constructor(options: TriggerDeskOptions) {
    this.#options = options;
  }

  /** How often all environments were checked since the start. */
  get rounds(): number {
    return this.#rounds;
  }

  /** The settings may have changed. */
  observe(): void {
    if (this.#policies().length > 0) this.#running ??= this.#run();
  }

  /** Triggered, when this Hub watches. */
  conditionsOf(environment: string): readonly Condition[] {
    return this.#watched.get(environment)?.conditions ?? [];
  }

  /** `undefined` when the environment has none, or another Hub watches. */
  triggersOf(environment: string): readonly PresentedTrigger[] | undefined {
    return this.#watched.get(environment)?.triggers;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  #policies(): readonly EnvironmentPolicy[] {
    const environments = this.#options.governed.parts?.place.project.pipeline.environments.values() ?? [];
    return [...environments].filter(
      ({ environment, triggers = [] }) =>
        triggers.length > 0 && this.#options.servedHere(environment) !== undefined,
    );
  }

  async #run(): Promise<void> {
    const { clock, onChange } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      const policies = this.#policies();
      for (const environment of this.#watched.keys())
        if (!policies.some((one) => one.environment === environment)) this.#watched.delete(environment);
      await Promise.all(policies.map((policy) => this.#lookSafely(policy)));
      this.#rounds += 1;
      onChange();
      await clock.sleep(lookEvery, signal);
      if (signal.aborted) return;
    }
  }

  async #lookSafely(policy: EnvironmentPolicy): Promise<void> {
    const { environment } = policy;
    const { parts } = this.#options.governed;
    try {
      if (parts !== undefined && (await parts.isWriter(environment))) await this.#look(policy, parts);
      else this.#watched.delete(environment);
    } catch (thrown) {
      const problem = asStkError(thrown).message;
      this.#options.log.warn({ environment, problem }, 'triggers were not looked at');
    }
  }

  async #look({ environment, triggers = [] }: EnvironmentPolicy, parts: GovernedParts): Promise<void> {
    const { table, servedHere, clock } = this.#options;
    const [here, active] = [servedHere(environment), table.stable(environment)];
    if (here === undefined || here === null || active === undefined) return;
    const served = await readServedSince(parts, { environment, served: here, now: clock.now() });
    if (served === undefined) return;
    const one = this.#watchedOf(environment, served, triggers);
    const place = this.#placeOf(environment, { parts, here, active });
    for (const trigger of triggers) {
      if (this.#stopping.signal.aborted) return;
      await this.#lookAt({ environment, trigger, served, parts, one, place, active });
    }
    one.triggers = presentTriggers(triggers, one);
    const now = new Date(clock.now()).toISOString();
    one.conditions = dateClaims(one.conditions, [claimOf(environment, one.triggers)], now);
  }

  async #lookAt(request: LookRequest): Promise<void> {
    const { trigger, one, place } = request;
    const { name, test } = trigger;
    const { clock } = this.#options;
    const before = one.watches.get(name) ?? beginWatch;
    if (!isDue(before, test, clock.now())) return;
    const reading = await askTrigger(trigger, place);
    if (this.#stopping.signal.aborted) return;
    const { isReachable } = place.served;
    const { watch, told } = nextWatch(before, test, { reading, now: clock.now(), isReachable });
    one.watches.set(name, watch);
    // Only a fresh answer is acted on.
    const isActedOn = watch.firingSince !== undefined && reading.kind === 'bad';
    const acted = isActedOn ? await this.#decide(request, watch) : undefined;
    if (acted !== undefined) one.acted.set(name, acted);
    else if (watch.firingSince === undefined) one.acted.delete(name);
    for (const each of told) await this.#tell(request, each, acted);
    if (acted?.apply !== undefined) await this.#apply(request, acted.apply);
  }

  /** What could not be done is decided again at the next answer. */
  async #apply({ environment, trigger }: LookRequest, apply: () => Promise<void>): Promise<void> {
    try {
      await apply();
    } catch (thrown) {
      const problem = asStkError(thrown).message;
      this.#options.log.warn(
        { environment, trigger: trigger.name, problem },
        'what a trigger decided could not be done yet',
      );
    }
  }

  /** What cannot be decided now is decided at the next check. */
  async #decide(
    { environment, trigger, served, parts, active }: LookRequest,
    { sentence, blamedSince }: Watch,
  ): Promise<Acted> {
    const ping = (): Promise<void> => active.database.ping();
    const { clock } = this.#options;
    const isBlamed = blamedSince !== undefined && clock.now() - blamedSince >= forOf(trigger.test);
    const firing = { environment, trigger, sentence, served, isBlamed, parts, ping };
    try {
      return await decideFiring(this.#options, firing);
    } catch (thrown) {
      return { did: 'alert', why: `What follows cannot be decided now: ${asStkError(thrown).message}` };
    }
  }

  /** On disk before anything is done; a failing disk stops nothing. */
  async #tell(
    { environment, trigger, served, parts }: LookRequest,
    { event, since, sentence }: WatchTold,
    acted: Acted | undefined,
  ): Promise<void> {
    const { log } = this.#options;
    const follows = event === 'trigger-fired' && acted !== undefined ? ` ${acted.why}` : '';
    const fields = { environment, release: served.release, trigger: trigger.name, sentence };
    log[event === 'trigger-ended' ? 'info' : 'warn'](fields, messages[event]);
    const { release, digest, revision, class: kind } = served;
    try {
      await parts.teller.tellOne({
        environment,
        content: { release, digest },
        event,
        class: kind,
        revision,
        trigger: trigger.name,
        since,
        sentence: `${trigger.name}: ${sentence}${follows}`,
      });
    } catch (thrown) {
      log.error({ environment, problem: asStkError(thrown).message }, 'that a trigger fired was not told');
    }
  }

  /** Counts begin at the activation; events of another Hub, or of an earlier process, continue. */
  #watchedOf(environment: string, served: ServedSince, triggers: readonly Trigger[]): Watched {
    const known = this.#watched.get(environment);
    if (known?.revision === served.revision) return known;
    const watches = new Map(triggers.map(({ name }): [string, Watch] => [name, resume(name, served.events)]));
    const conditions = known?.conditions ?? [];
    const one = { revision: served.revision, watches, acted: new Map(), conditions, triggers: [] };
    this.#watched.set(environment, one);
    return one;
  }

  #placeOf(
    environment: string,
    { parts, here, active }: { parts: GovernedParts; here: ServedHere; active: ActiveRelease },
  ): WatchedPlace {
    const { signal } = this.#stopping;
    return {
      served: here,
      database: active.database,
      files: active.compiled.release.files,
      root: parts.place.project.environments.get(environment)?.files?.root,
      // One attempt each: a trigger that waits for minutes of failures needs no second one.
      smoke: async () => (await this.#options.hub.smoke(environment, undefined, 1)).report,
      lookAtFiles: (root, needs) => lookAtFiles(root, needs, signal),
      errors: (name) => this.#options.bakes.readingOf(environment, { name }),
    };
  }
}

interface LookRequest {
  readonly environment: string;
  readonly trigger: Trigger;
  readonly served: ServedSince;
  readonly parts: GovernedParts;
  readonly one: Watched;
  readonly place: WatchedPlace;
  readonly active: ActiveRelease;
}

const messages = {
  'trigger-fired': 'a trigger fires',
  'trigger-ended': 'a trigger has ended',
  'trigger-error': 'what a trigger asks cannot be answered',
} as const;

/** The state of a trigger after the events of this activation. */
function resume(name: string, events: readonly EventRecord[]): Watch {
  const own = events.filter(({ trigger }) => trigger === name);
  const isOpen = ({ since }: EventRecord): boolean =>
    !own.some((other) => other.event === 'trigger-ended' && other.since === since);
  const openSince = (word: EventRecord['event']): number | undefined =>
    own.findLast((one) => one.event === word && isOpen(one))?.since;
  return {
    ...beginWatch,
    firingSince: openSince('trigger-fired'),
    errorSince: openSince('trigger-error'),
  };
}
