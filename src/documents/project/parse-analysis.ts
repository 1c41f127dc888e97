// Parses the `analysis` of a canary: its times, its gates, where counts come from, who may override. Absent keys get
// their defaults.
import { pointerTo, type TreeMap } from '../yaml/document-tree.ts';
import { judgeRole, readDuration } from './judge-people.ts';
import { judgePrometheus } from './judge-place.ts';
import type { AnalysisSettings, GatePolicy, GateTest, OnBreach } from '../../model/pipeline/canary.ts';
import type { People } from '../../model/pipeline/people.ts';
import { parsePercent, parsePoints } from '../../kernel/units.ts';
import { child, mapOf, mapsIn, numberOf, textOf, textsOf } from '../yaml/tree-reader.ts';

export interface AnalysisContext {
  readonly people: People | undefined;
  /** Of the environment's node. */
  readonly pointer: string;
  /** Roles that approve a move into the environment that the canary shares calls with. */
  readonly approvers: readonly string[];
  readonly report: (pointer: string, message: string) => void;
  readonly warn: (pointer: string, message: string) => void;
  /** The `for` of the last of `steps`. */
  readonly lastStepMs: number | undefined;
}

const minute = 60_000;
const defaultMinimum = 30 * minute;
const defaultMaximum = 120 * minute;

/** The gates when `analysis` names none. */
const defaultGates: readonly GatePolicy[] = [
  gate('errors', { kind: 'errorRate', increase: 0.01 }, 'rollback'),
  gate('refusals', { kind: 'refusalRate', increase: 0.01 }, 'pause'),
  gate('latency', { kind: 'latency', quantile: 0.99, increase: 0.1 }, 'pause'),
  gate('availability', { kind: 'availability', atLeast: 0.999 }, 'rollback'),
  gate('health', { kind: 'health', forMs: 5 * minute }, 'rollback'),
];

/** What happens after a breach when the gate does not say. */
const defaultBreach: Readonly<Record<GateTest['kind'], OnBreach>> = {
  errorRate: 'rollback',
  refusalRate: 'pause',
  latency: 'pause',
  availability: 'rollback',
  health: 'rollback',
  metric: 'alert',
};

export function buildAnalysis(node: TreeMap, context: AnalysisContext): AnalysisSettings {
  const { people, report, warn, approvers, lastStepMs } = context;
  const pointer = `${context.pointer}/analysis`;
  const duration = (map: TreeMap | undefined, key: string, at: string, least = '1s'): number | undefined =>
    readDuration(map, key, { pointer: `${at}/${key}`, report, least, most: '30d' });
  const written = duration(node, 'minimum', pointer);
  if (written !== undefined && lastStepMs !== undefined && written !== lastStepMs)
    warn(`${pointer}/minimum`, 'the last step ends by this time, not by its own "for"');
  const minimumMs = written ?? lastStepMs ?? defaultMinimum;
  const maximumMs = duration(node, 'maximum', pointer) ?? Math.max(defaultMaximum, minimumMs);
  if (maximumMs < minimumMs)
    report(`${pointer}/maximum`, 'the maximum is shorter than the minimum of counted time');
  const warmUp = mapOf(node, 'warmUp');
  const gates = readGates(node, `${pointer}/gates`, context);
  const source = readSource(node, `${pointer}/source`, report);
  for (const { name, test } of source.kind === 'hub' ? gates : [])
    if (test.kind === 'metric')
      warn(
        `${pointerTo(`${pointer}/gates`, name)}/prometheus`,
        'nobody asks this query: "source" names no Prometheus server, such as { prometheus: http://127.0.0.1:9090 }',
      );
  const override = textsOf(node, 'override');
  for (const [i, role] of override.entries()) judgeRole(role, people, `${pointer}/override/${i}`, report);
  return {
    minimumMs,
    maximumMs,
    warmUp: {
      ms: duration(warmUp, 'time', `${pointer}/warmUp`, '0s') ?? minute,
      requests: numberOf(warmUp, 'requests') ?? 100,
    },
    gates,
    source,
    onNoData: asBreach(textOf(node, 'onNoData')) ?? 'rollback',
    override: child(node, 'override') === undefined ? approvers : override,
  };
}

function readGates(node: TreeMap, pointer: string, { report, warn }: AnalysisContext): readonly GatePolicy[] {
  if (child(node, 'gates') === undefined) return defaultGates;
  const gates = mapsIn(mapOf(node, 'gates')).flatMap(([name, entry]): GatePolicy[] => {
    const at = pointerTo(pointer, name);
    const test = readTest(entry, at, report);
    if (test === undefined) return [];
    const onBreach = asBreach(textOf(entry, 'onBreach')) ?? defaultBreach[test.kind];
    if (test.kind === 'metric' && onBreach !== 'alert')
      report(`${at}/onBreach`, 'a gate on "prometheus" can only alert: it compares two raw values');
    const dryRun = child(entry, 'dryRun');
    return [{ name, test, onBreach, dryRun: dryRun?.kind === 'scalar' && dryRun.value === true }];
  });
  if (!gates.some(({ onBreach, dryRun }) => onBreach === 'rollback' && !dryRun))
    warn(pointer, 'none of these gates rolls back: a canary that fails stays where it is');
  return gates;
}

function readTest(entry: TreeMap, at: string, report: AnalysisContext['report']): GateTest | undefined {
  const share = (
    [kind, key]: readonly [string, string],
    parse: typeof parsePercent,
    otherwise: number,
  ): number => {
    const written = textOf(mapOf(entry, kind), key);
    const amount = written === undefined ? undefined : parse(written);
    if (amount !== undefined && amount <= 0)
      report(`${at}/${kind}/${key}`, `${written} is out of bounds: expected more than 0`);
    if (amount !== undefined && amount > 1 && kind !== 'latency' && kind !== 'prometheus')
      report(`${at}/${kind}/${key}`, `${written} is out of bounds: expected at most 100`);
    return amount ?? otherwise;
  };
  if (entry.entries.has('errorRate'))
    return { kind: 'errorRate', increase: share(['errorRate', 'increase'], parsePoints, 0.01) };
  if (entry.entries.has('refusalRate'))
    return { kind: 'refusalRate', increase: share(['refusalRate', 'increase'], parsePoints, 0.01) };
  if (entry.entries.has('latency')) {
    const quantile = numberOf(mapOf(entry, 'latency'), 'quantile') ?? 0.99;
    return { kind: 'latency', quantile, increase: share(['latency', 'increase'], parsePercent, 0.1) };
  }
  if (entry.entries.has('availability')) {
    const atLeast = share(['availability', 'atLeast'], parsePercent, 0.999);
    if (atLeast === 1)
      report(`${at}/availability/atLeast`, 'no number of calls proves 100%: expected less, such as 99.9%');
    return { kind: 'availability', atLeast };
  }
  if (entry.entries.has('unhealthyFor')) {
    const pointer = `${at}/unhealthyFor`;
    return {
      kind: 'health',
      forMs: readDuration(entry, 'unhealthyFor', { pointer, report, most: '1d' }) ?? 0,
    };
  }
  if (!entry.entries.has('prometheus')) return undefined;
  const query = textOf(mapOf(entry, 'prometheus'), 'query') ?? '';
  return { kind: 'metric', query, increase: share(['prometheus', 'increase'], parsePercent, 0) };
}

function readSource(
  node: TreeMap,
  pointer: string,
  report: AnalysisContext['report'],
): AnalysisSettings['source'] {
  const text = textOf(mapOf(node, 'source'), 'prometheus');
  if (text === undefined) return { kind: 'hub' };
  judgePrometheus(text, `${pointer}/prometheus`, report);
  return { kind: 'prometheus', url: text };
}

function asBreach(text: string | undefined): OnBreach | undefined {
  return text === 'rollback' || text === 'pause' || text === 'alert' ? text : undefined;
}

function gate(name: string, test: GateTest, onBreach: OnBreach): GatePolicy {
  return { name, test, onBreach, dryRun: false };
}
