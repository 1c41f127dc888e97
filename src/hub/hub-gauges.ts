// Gauges that are computed on request: the running version, the conditions of each environment, the use of each pool,
// the open connections. An environment that is gone has none.
import { Gauge, type Registry } from 'prom-client';
import type { PoolUse } from '../database/database.ts';
import type { HubState } from '../reconciler/hub-state.ts';

export interface HubFacts {
  readonly state: Pick<HubState, 'environments' | 'status' | 'table' | 'scores'>;
  readonly version: string;
  /** Open connections, and the limit. */
  readonly connections: () => { readonly open: number; readonly most: number };
}

/** `facts`: of the running Hub; `undefined` when none runs yet. */
export function addHubGauges(registry: Registry, facts: () => HubFacts | undefined): void {
  const registers: Registry[] = [];
  const environments = (): readonly string[] => facts()?.state.environments() ?? [];
  const useOf = (environment: string): PoolUse | undefined =>
    facts()?.state.table.stable(environment)?.database.use();
  registry.registerMetric(
    new Gauge({
      name: 'stk_build_info',
      help: 'Always 1: the version of stk and of node.',
      labelNames: ['version', 'node'] as const,
      registers,
      collect() {
        const version = facts()?.version;
        if (version !== undefined) this.set({ version, node: process.version }, 1);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'stk_condition',
      help: '1 when the condition is True, 0 when it is False; no series when it is Unknown.',
      labelNames: ['environment', 'condition', 'reason'] as const,
      registers,
      collect() {
        this.reset();
        for (const environment of environments())
          for (const { type, status, reason } of facts()?.state.status(environment)?.conditions ?? [])
            if (status !== 'Unknown')
              this.set({ environment, condition: type, reason }, status === 'True' ? 1 : 0);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'stk_hotfix_debt',
      help: 'Gates that the served hotfix skipped and whose evidence is still missing: all (open), and those past their due time (overdue).',
      labelNames: ['environment', 'state'] as const,
      registers,
      collect() {
        this.reset();
        for (const environment of environments()) {
          const debt = facts()?.state.status(environment)?.debt ?? [];
          if (debt.length === 0) continue;
          this.set({ environment, state: 'open' }, debt.length);
          this.set({ environment, state: 'overdue' }, debt.filter(({ overdue }) => overdue).length);
        }
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'stk_leader',
      help: '1 when this Hub acts in the environment and sends its events; of several Hubs one does.',
      labelNames: ['environment'] as const,
      registers,
      collect() {
        this.reset();
        for (const environment of environments()) {
          const leads = facts()?.state.status(environment)?.leads;
          if (leads !== undefined) this.set({ environment }, leads ? 1 : 0);
        }
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'stk_trigger',
      help: '1 when the trigger fires, 0 when it does not; without a series when that is unknown.',
      labelNames: ['environment', 'trigger'] as const,
      registers,
      collect() {
        this.reset();
        for (const environment of environments())
          for (const { name: trigger, state } of facts()?.state.status(environment)?.triggers ?? [])
            if (state !== 'unknown' && state !== 'error')
              this.set({ environment, trigger }, state === 'firing' ? 1 : 0);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'stk_evaluation_score',
      help: 'The mean of the newest evaluation of the served release, by the name of the evaluation.',
      labelNames: ['environment', 'release', 'name'] as const,
      registers,
      async collect() {
        const all = await Promise.all(
          environments().map(async (environment) => {
            const scores = (await facts()?.state.scores(environment)) ?? [];
            return scores.map((score) => ({ environment, ...score }));
          }),
        );
        this.reset();
        for (const { environment, release, name, mean } of all.flat())
          this.set({ environment, release, name }, mean);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'stk_database_sessions',
      help: 'Sessions for calls by state: busy, idle, connecting; limit is the largest number allowed.',
      labelNames: ['environment', 'state'] as const,
      registers,
      collect() {
        this.reset();
        for (const environment of environments()) {
          const use = useOf(environment);
          if (use === undefined) continue;
          for (const name of ['busy', 'idle', 'connecting', 'limit'] as const)
            this.set({ environment, state: name }, use[name]);
        }
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'stk_database_waiting_calls',
      help: 'Calls that wait for a session.',
      labelNames: ['environment'] as const,
      registers,
      collect() {
        this.reset();
        for (const environment of environments()) {
          const use = useOf(environment);
          if (use !== undefined) this.set({ environment }, use.waiting);
        }
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'stk_connections',
      help: 'Open connections, and the limit of the Hub.',
      labelNames: ['state'] as const,
      registers,
      collect() {
        const now = facts()?.connections();
        if (now === undefined) return;
        this.set({ state: 'open' }, now.open);
        this.set({ state: 'limit' }, now.most);
      },
    }),
  );
}
