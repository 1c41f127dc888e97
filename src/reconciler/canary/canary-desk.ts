// The canaries of this Hub: a keeper for each canary environment of the project, and the one timer that checks them
// every 10 s. Combines what a keeper reads and does in this Hub.
import { join } from 'node:path';
import { analysisPolicyOf } from '../../analysis/analysis-policy.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { SmokeTest } from '../../model/smoke.ts';
import type { WritableServingTable } from '../../serving/serving-table.ts';
import type { SmokeTools } from '../../smoke/run-smoke.ts';
import type { Told } from '../admission/events/event-desk.ts';
import type { GovernedPath } from '../admission/governed-path.ts';
import type { ServedHere } from '../admission/served-here.ts';
import type { Log } from '../log.ts';
import type { HubRollback } from '../undo/hub-rollback.ts';
import {
  CanaryKeeper,
  type CanaryPlan,
  type CanaryReturn,
  type CanaryView,
  type CanaryWorld,
} from './canary-keeper.ts';
import type { Canary } from './canary-state.ts';
import { CanaryStore } from './canary-store.ts';
import { countCalls } from './count-calls.ts';
import { describeReturn } from './describe-return.ts';
import { gatherFacts } from './gather-facts.ts';
import { PrometheusSource } from './prometheus-source.ts';
import type { CanaryTold } from './canary-step.ts';
import type { CanaryEvent } from './next-canary-state.ts';

export interface CanaryDeskOptions {
  readonly stateDirectory: string;
  readonly clock: Clock;
  /** Milliseconds of a monotonic clock; default: this process's. */
  readonly monotonic?: () => number;
  readonly log: Log;
  readonly table: WritableServingTable;
  readonly smoke: SmokeTools;
  readonly governed: GovernedPath;
  readonly rollback: HubRollback;
  servedHere(environment: string): ServedHere | null | undefined;
  /** An event was sent that gates may wait for. */
  onTold(): void;
  /** The state of this canary may have changed. */
  onCanary(environment: string): void;
}

const lookEvery = 10_000;

export class CanaryDesk {
  readonly #options: CanaryDeskOptions;
  readonly #monotonic: () => number;
  readonly #store: CanaryStore;
  readonly #keepers = new Map<string, { readonly keeper: CanaryKeeper; lookedAt: number }>();
  readonly #sources = new Map<string, { readonly of: string; readonly source: PrometheusSource }>();
  readonly #lineages = new BoundedCache<Promise<boolean>>(100);
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #rounds = 0;

  constructor(options: CanaryDeskOptions) {
    this.#options = options;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.#store = new CanaryStore(join(options.stateDirectory, 'canaries'));
  }

  /** How often all canaries were checked since the start. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Something that a canary depends on may have changed. Does not wait for it. */
  observe(): void {
    for (const { keeper } of this.#follow()) void keeper.observe();
    if (this.#keepers.size > 0) this.#running ??= this.#run();
  }

  /** `undefined` when the environment is not a canary, or nothing is known yet. */
  view(environment: string): CanaryView | undefined {
    return this.#keepers.get(environment)?.keeper.view;
  }

  /** `undefined` when the environment is not a canary. Rejects with errors of git or the disk. */
  async ask(
    environment: string,
    event: Extract<CanaryEvent, { kind: 'asked' }>,
  ): Promise<CanaryView | undefined> {
    this.#follow();
    return this.#keepers.get(environment)?.keeper.ask(event);
  }

  async settled(): Promise<void> {
    for (const { keeper } of this.#keepers.values()) await keeper.settled();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.settled();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(lookEvery, signal);
      if (signal.aborted) return;
      for (const one of this.#follow()) {
        const now = this.#monotonic();
        const elapsed = now - one.lookedAt;
        one.lookedAt = now;
        await one.keeper.look(elapsed);
      }
      this.#rounds += 1;
    }
  }

  /** One for each canary of the project; keepers of removed ones detect that themselves. */
  #follow(): readonly { readonly keeper: CanaryKeeper; lookedAt: number }[] {
    const project = this.#options.governed.parts?.place.project;
    for (const [environment, { canary }] of project?.pipeline.environments ?? []) {
      if (canary === undefined || this.#keepers.has(environment)) continue;
      if (this.#options.servedHere(canary.of) === undefined) continue;
      const keeper = new CanaryKeeper(environment, this.#worldOf(environment));
      this.#keepers.set(environment, { keeper, lookedAt: this.#monotonic() });
    }
    return [...this.#keepers.values()];
  }

  #worldOf(environment: string): CanaryWorld {
    const { clock, log, table, smoke, governed, servedHere } = this.#options;
    const { signal } = this.#stopping;
    return {
      store: this.#store,
      log,
      plan: () => this.#planOf(environment),
      facts: async () => {
        const { parts } = governed;
        const plan = this.#planOf(environment);
        if (parts === undefined || plan === undefined)
          throw new Error(`${environment} is not a canary any more`);
        const { place, repo, leads, servedBy } = parts;
        return gatherFacts({
          ...place,
          repo,
          environment,
          of: plan.of,
          now: clock.now(),
          isLeader: await leads(environment),
          servedHere,
          servedBy,
          isAncestor: (older, newer) => this.#isAncestor(repo, older, newer),
        });
      },
      setShare: (canary, weight) => {
        const of = this.#planOf(environment)?.of;
        if (of === undefined) return;
        if (canary === undefined) table.traffic.stop(of);
        else {
          const { content, stable } = canary;
          table.traffic.start({ of, canary: content.digest, stable: stable.digest, weight });
        }
      },
      take: ({ of, policy, source }, canary) => {
        const prometheus = source?.kind === 'prometheus' ? this.#prometheus(canary, source.url) : undefined;
        const smokeOf = (name: string): readonly SmokeTest[] =>
          governed.parts?.place.project.environments.get(name)?.smoke ?? [];
        const tools = { table, smoke, log, signal, servedHere, smokeOf };
        return countCalls({ ...tools, environment, of, policy, prometheus });
      },
      tell: async (told) => {
        await governed.parts?.teller.tellOne(toldOf(told));
        this.#options.onTold();
      },
      changed: () => this.#options.onCanary(environment),
      goBack: (back) => this.#goBack(back),
    };
  }

  #planOf(environment: string): CanaryPlan | undefined {
    const { governed } = this.#options;
    const { canary, hubs = [] } = governed.parts?.place.project.pipeline.environments.get(environment) ?? {};
    if (canary === undefined) return undefined;
    const weights = canary.steps.map(({ weight }) => weight);
    const source = canary.analysis?.source;
    const hasOtherHubs = hubs.length > 1 || governed.leads(environment) === false;
    return { environment, of: canary.of, weights, policy: analysisPolicyOf(canary), source, hasOtherHubs };
  }

  /** One for each canary, since it remembers what it has counted: the server still has the last calls of the canary before. */
  #prometheus({ environment, revision }: Canary, url: string): PrometheusSource {
    const of = `${revision} ${url}`;
    const known = this.#sources.get(environment);
    if (known?.of === of) return known.source;
    const source = new PrometheusSource(url);
    this.#sources.set(environment, { of, source });
    return source;
  }

  /** The Hub never activates that pointer commit again; the commit that moves it back is made in the background. */
  async #goBack(back: CanaryReturn): Promise<void> {
    const { rollback } = this.#options;
    const { canary, decision, to } = back;
    const { environment, content, revision, blob: pointer } = canary;
    if (!rollback.isNoted(environment, revision)) {
      const described = {
        ...describeReturn(back),
        cause: 'canary',
        isHeld: false,
        isSettled: false,
      } as const;
      await rollback.note({ environment, ...content, revision, pointer, to, at: decision.at, ...described });
    }
    rollback.commit(environment);
  }

  /** For commits, which never change. */
  #isAncestor(repo: ConfigRepo, older: string, newer: string): Promise<boolean> {
    const key = `${older} ${newer}`;
    const known = this.#lineages.get(key) ?? repo.isAncestor(older, newer);
    this.#lineages.set(key, known);
    known.catch(() => this.#lineages.delete(key));
    return known;
  }
}

function toldOf({ event, canary, sentence, evidence, reason, actor, since }: CanaryTold): Told {
  const { environment, content, revision, of } = canary;
  const isEnd = event === 'canary-failed' || event === 'canary-aborted';
  return {
    environment,
    content,
    event,
    class: isEnd ? 'rollback' : 'promotion',
    revision,
    from: of,
    reason,
    actor,
    since,
    counts: { ...evidence.counts },
    bounds: { ...evidence.bounds },
    sentence,
    // The Hub that ends a canary sends the event: another Hub only sees the pointer move.
    ...(isEnd ? { isOwn: true as const } : {}),
  };
}
