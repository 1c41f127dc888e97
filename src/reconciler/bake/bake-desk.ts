// Watches releases after their promotion, when stk.yaml has `bake`. Every 10 s it compares the calls that this Hub
// answered with the record of the previous release. It reports a release that is worse, or rolls it back.
//
//   every 10 s: calls → look-after.ts → stored → event → with `onBreach: rollback`: noted, then the rollback commit
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { asStkError } from '../../kernel/errors.ts';
import type { BakeSettings } from '../../model/pipeline/canary.ts';
import type { Condition } from '../../model/condition.ts';
import type { Trigger } from '../../model/pipeline/trigger.ts';
import type { WritableServingTable } from '../../serving/serving-table.ts';
import type { GovernedParts } from '../admission/governed-parts.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { ServedHere } from '../admission/served-here.ts';
import type { HubState } from '../hub-state.ts';
import type { Log } from '../log.ts';
import type { Remembered } from '../state/activation-memory.ts';
import { dateClaims } from '../status/compute-conditions.ts';
import { bakeName as name, comparisonOf, comparisonsOf } from './comparisons.ts';
import { bad, good, type Reading } from '../triggers/reading.ts';
import type { HubRollback } from '../undo/hub-rollback.ts';
import { BakeStore } from './bake-store.ts';
import { decideBreach } from './decide-breach.ts';
import { claimOf, toldOfBake } from './describe-bake.ts';
import {
  type AfterActivation,
  type AfterRun,
  type KeptAfter,
  lookAfter,
  type ReleaseRecord,
} from './look-after.ts';

export interface BakeDeskOptions {
  readonly stateDirectory: string;
  readonly clock: Clock;
  /** Milliseconds of a monotonic clock; default: this process's. */
  readonly monotonic?: () => number;
  readonly log: Log;
  readonly table: WritableServingTable;
  readonly governed: GovernedPath;
  readonly rollback: HubRollback;
  readonly hub: Pick<HubState, 'rollbackTarget'>;
  servedHere(environment: string): ServedHere | null | undefined;
  /** A condition changed. */
  onChange(): void;
}

interface Watched {
  kept: KeptAfter;
  records: ReleaseRecord[];
  conditions: readonly Condition[];
  lookedAt: number;
  /** The newest slot on disk. */
  writtenSlot: number;
}

interface Place {
  readonly environment: string;
  /** `undefined` when only triggers compare. */
  readonly bake: BakeSettings | undefined;
  readonly triggers: readonly Trigger[];
  readonly parts: GovernedParts;
}

const lookEvery = 10_000;

export class BakeDesk {
  readonly #options: BakeDeskOptions;
  readonly #monotonic: () => number;
  readonly #store: BakeStore;
  readonly #watched = new Map<string, Watched>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #rounds = 0;

  constructor(options: BakeDeskOptions) {
    this.#options = options;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.#store = new BakeStore(join(options.stateDirectory, 'bakes'));
  }

  /** How often all environments were checked since the start. */
  get rounds(): number {
    return this.#rounds;
  }

  /** The settings, or what is served, may have changed. */
  observe(): void {
    const places = this.#places();
    if (places.length === 0 && this.#running === undefined) return;
    this.#options.table.watch.watch(places.map(({ environment }) => environment));
    this.#running ??= this.#run();
  }

  /** Baked, when a release was promoted under `bake`. */
  conditionsOf(environment: string): readonly Condition[] {
    return this.#watched.get(environment)?.conditions ?? [];
  }

  /** The failed calls of the served release compared with those before, for a trigger on `errors`. */
  readingOf(environment: string, { name: trigger }: Pick<Trigger, 'name'>): Reading {
    const run = this.#watched.get(environment)?.kept.after?.runs[comparisonOf(trigger)];
    if (run?.reading === undefined)
      return good(
        'The served release is not compared: no release was promoted since the counting of calls began.',
      );
    const { sentence } = run.reading;
    return run.outcome === 'breached' ? bad(sentence) : good(sentence);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  #places(): readonly Place[] {
    const { governed, servedHere } = this.#options;
    const { parts } = governed;
    return [...(parts?.place.project.pipeline.environments ?? [])].flatMap(
      ([environment, { bake, triggers = [] }]) => {
        const isCompared = bake !== undefined || triggers.some(({ test }) => test.kind === 'errors');
        if (parts === undefined || !isCompared || servedHere(environment) === undefined) return [];
        return [{ environment, bake, triggers, parts }];
      },
    );
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      const places = this.#places();
      for (const gone of this.#watched.keys())
        if (!places.some(({ environment }) => environment === gone)) this.#watched.delete(gone);
      for (const place of places) {
        try {
          await this.#look(place);
        } catch (thrown) {
          const { environment } = place;
          log.warn(
            { environment, problem: asStkError(thrown).message },
            'the calls of a release could not be compared',
          );
        }
      }
      this.#rounds += 1;
      await clock.sleep(lookEvery, signal);
      if (signal.aborted) return;
    }
  }

  async #look(place: Place): Promise<void> {
    const { clock, table, servedHere } = this.#options;
    const { environment, parts } = place;
    const one = this.#watched.get(environment) ?? (await this.#load(environment));
    const served = servedHere(environment) ?? undefined;
    const activation = parts.activations.of(environment).at(-1);
    // The served release is not the last activated one, as right after a start: the calls wait for the next look.
    if (served === undefined || activation?.digest !== served.digest) return;
    const monotonic = this.#monotonic();
    const elapsedMs = monotonic - one.lookedAt;
    one.lookedAt = monotonic;
    const taken = table.watch.take(environment);
    const comparisons = comparisonsOf(place);
    const { kept, records } = one;
    const wasRunning = isRunning(kept);
    const look = { now: clock.now(), elapsedMs, served, activation, taken, comparisons };
    const isOther = lookAfter(kept, records, look);
    const run = kept.after?.runs[name];
    if (isOther || wasRunning) await this.#write(() => this.#store.write(environment, kept), place);
    await this.#writeRecords(one, place, isOther);
    if (kept.after !== undefined && run !== undefined)
      await this.#conclude(place, one, kept.after, run, activation);
    this.#date(one);
  }

  async #load(environment: string): Promise<Watched> {
    const { log } = this.#options;
    let stored: Awaited<ReturnType<BakeStore['read']>>;
    try {
      stored = await this.#store.read(environment);
    } catch (thrown) {
      const problem = asStkError(thrown).message;
      log.error(
        { environment, problem },
        'the stored counts of releases cannot be read: their record starts again',
      );
    }
    const one: Watched = {
      kept: stored?.kept ?? { serving: undefined, after: undefined },
      records: stored?.records ?? [],
      conditions: [],
      lookedAt: this.#monotonic(),
      writtenSlot: 0,
    };
    this.#watched.set(environment, one);
    return one;
  }

  /** Acts on an outcome; repeated at each look until it is done. */
  async #conclude(
    place: Place,
    one: Watched,
    after: AfterActivation,
    run: AfterRun,
    activation: Remembered,
  ): Promise<void> {
    const { environment, bake, parts } = place;
    if (bake === undefined || run.outcome === 'running' || run.isDone) return;
    const isBack = run.outcome === 'breached' && bake.onBreach === 'rollback';
    const next = isBack
      ? await decideBreach(this.#options, { environment, bake, parts, after, run })
      : undefined;
    if (next?.do === 'alert') run.follows = next.why;
    const told = toldOfBake(environment, { after, run }, activation.class);
    if (told !== undefined) await parts.teller.tellOne(told);
    if (next?.do === 'ask-again') return;
    if (next?.do === 'rollback') await next.apply();
    run.isDone = true;
    const { outcome, reading, follows } = run;
    const { release } = after.content;
    const fields = { environment, release, outcome, sentence: reading?.sentence, follows };
    this.#options.log[outcome === 'breached' ? 'warn' : 'info'](fields, 'the bake of a release is over');
    await this.#write(() => this.#store.write(environment, one.kept), place);
  }

  async #writeRecords(one: Watched, place: Place, isOther: boolean): Promise<void> {
    const slots = one.records.flatMap(({ series }) =>
      Object.values(series).map((record) => record.at(-1)?.at ?? 0),
    );
    const newest = Math.max(0, ...slots);
    if (!isOther && newest === one.writtenSlot) return;
    one.writtenSlot = newest;
    await this.#write(() => this.#store.writeRecords(place.environment, one.records), place);
  }

  /** A full disk does not stop the judgement of a release. */
  async #write(write: () => Promise<void>, { environment }: Place): Promise<void> {
    await write().catch((thrown: unknown) => {
      const problem = asStkError(thrown).message;
      this.#options.log.error({ environment, problem }, 'the counts of a release cannot be stored');
    });
  }

  #date(one: Watched): void {
    const { after } = one.kept;
    const run = after?.runs[name];
    const claims = after === undefined || run === undefined ? [] : [claimOf({ after, run })];
    const now = new Date(this.#options.clock.now()).toISOString();
    const before = one.conditions;
    one.conditions = dateClaims(before, claims, now);
    if (before[0]?.reason !== one.conditions[0]?.reason) this.#options.onChange();
  }
}

function isRunning({ after }: KeptAfter): boolean {
  return Object.values(after?.runs ?? {}).some(({ outcome }) => outcome === 'running');
}
