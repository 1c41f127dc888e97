// What /metrics exposes, with prom-client, except the histogram of calls. The number of series is limited: labels are
// names of this Hub's environments, operations of served releases, and codes. The series of a release are dropped when
// it is no longer served.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { addHubGauges, type HubFacts } from './hub-gauges.ts';
import { renderCanaries } from './data-plane/render-canaries.ts';
import { CallHistogram, type CallLabels } from './data-plane/call-histogram.ts';
import type { ReconcilerMetrics } from '../reconciler/reconciler-metrics.ts';

export interface CallObservation extends CallLabels {
  readonly seconds: number;
}

export interface HubMetrics {
  readonly contentType: string;
  /** For the reconciler. */
  readonly reconciler: ReconcilerMetrics;
  observeCall(call: CallObservation): void;
  /** From now on, also shows the conditions, the databases and the connections of this Hub. */
  watch(facts: HubFacts): void;
  /** A connection was refused because of the limit. */
  connectionDropped(): void;
  render(): Promise<string>;
}

const propagationBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Includes the process's default metrics, such as the event loop's lag. */
export function createMetrics(registry: Registry = new Registry()): HubMetrics {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const releaseInfo = new Gauge({
    name: 'stk_release_info',
    help: 'Always 1: the release and the revision that an environment serves.',
    labelNames: ['environment', 'release', 'revision'] as const,
    registers,
  });
  const inSync = new Gauge({
    name: 'stk_in_sync',
    help: '1 when the environment serves the release that its pointer names.',
    labelNames: ['environment'] as const,
    registers,
  });
  const drifted = new Gauge({
    name: 'stk_drifted',
    help: '1 when the database changed so that the serving release no longer fits.',
    labelNames: ['environment'] as const,
    registers,
  });
  const activations = new Counter({
    name: 'stk_activations_total',
    help: 'Reconciles by result and reason.',
    labelNames: ['environment', 'result', 'reason'] as const,
    registers,
  });
  const propagation = new Histogram({
    name: 'stk_propagation_seconds',
    help: 'Seconds from seeing a commit to serving it, when the first attempt succeeded: without waits for a migration.',
    labelNames: ['environment'] as const,
    buckets: propagationBuckets,
    registers,
  });
  const dropped = new Counter({
    name: 'stk_connections_dropped_total',
    help: 'Connections that were closed at once, because the Hub was at its limit.',
    registers,
  });
  let facts: HubFacts | undefined;
  addHubGauges(registry, () => facts);
  const calls = new CallHistogram();
  const served = new Map<string, { release: string; revision: string }>();

  return {
    contentType: registry.contentType,
    render: async () => {
      const canaries = renderCanaries(facts?.state.table.traffic.snapshots() ?? []);
      return `${(await registry.metrics()).trimEnd()}\n\n${calls.render()}${canaries}`;
    },
    watch: (hub) => (facts = hub),
    connectionDropped: () => dropped.inc(),
    observeCall: (call) => calls.observe(call, call.seconds),
    reconciler: {
      activation: (environment, result, reason) => activations.inc({ environment, result, reason }),
      propagation: (environment, seconds) => propagation.observe({ environment }, seconds),
      inSync: (environment, isInSync) => inSync.set({ environment }, isInSync ? 1 : 0),
      drifted: (environment, isDrifted) => drifted.set({ environment }, isDrifted ? 1 : 0),
      serving(environment, now) {
        const before = served.get(environment);
        if (before !== undefined) releaseInfo.remove({ environment, ...before });
        if (now === undefined) served.delete(environment);
        else {
          const { release, revision } = now;
          served.set(environment, { release, revision });
          releaseInfo.set({ environment, release, revision }, 1);
        }
        calls.keepOnly(environment, now?.release);
      },
    },
  };
}
