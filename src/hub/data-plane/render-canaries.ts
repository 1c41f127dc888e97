// The counts of canaries in the text format of Prometheus. While one runs: a histogram with fine edges for each of the
// two releases, the results of their calls, and the share. Labels need no escaping, because stk's names are plain.
import { bucketEdges } from '../../analysis/latency-buckets.ts';
import type { ArmTotals } from '../../serving/arm-counter.ts';
import type { TrafficSnapshot } from '../../serving/canary-traffic.ts';
import type { ActiveRelease } from '../../serving/serving-table.ts';

const duration = 'stk_canary_call_duration_seconds';
const calls = 'stk_canary_calls_total';
const weight = 'stk_canary_weight';

/** '' when no canary runs. */
export function renderCanaries(snapshots: readonly TrafficSnapshot<ActiveRelease>[]): string {
  if (snapshots.length === 0) return '';
  const arms = snapshots.flatMap(({ of, active, totals }) => [
    armOf(of, 'stable', active.stable, totals.stable),
    armOf(of, 'canary', active.canary, totals.canary),
  ]);
  const lines = [
    `# HELP ${duration} Calls that were answered or ran out of time, by release, while a canary runs.`,
    `# TYPE ${duration} histogram`,
    ...arms.flatMap(({ labels, totals }) => renderDurations(labels, totals)),
    `# HELP ${calls} Calls by release and outcome, while a canary runs.`,
    `# TYPE ${calls} counter`,
    ...arms.flatMap(({ labels, totals }) =>
      Object.entries(totals.ends).map(([end, count]) => `${calls}{${labels},outcome="${end}"} ${count}`),
    ),
    `# HELP ${weight} Per cent of the calls that the canary of an environment gets.`,
    `# TYPE ${weight} gauge`,
    ...snapshots.map((one) => `${weight}{environment="${one.of}"} ${one.weight}`),
  ];
  return `${lines.join('\n')}\n`;
}

function armOf(
  environment: string,
  arm: 'stable' | 'canary',
  active: ActiveRelease,
  totals: ArmTotals,
): { readonly labels: string; readonly totals: ArmTotals } {
  const { release } = active.compiled.release;
  return { labels: `environment="${environment}",arm="${arm}",release="${release}"`, totals };
}

function renderDurations(labels: string, { latency, sumMs }: ArmTotals): string[] {
  let total = 0;
  const lines = latency.map((count, bucket) => {
    total += count;
    const edge = bucketEdges[bucket];
    return `${duration}_bucket{${labels},le="${edge === undefined ? '+Inf' : seconds(edge)}"} ${total}`;
  });
  return [...lines, `${duration}_sum{${labels}} ${seconds(sumMs)}`, `${duration}_count{${labels}} ${total}`];
}

function seconds(ms: number): number {
  return Number((ms / 1000).toPrecision(9));
}
