// The counts of a canary from a Prometheus server that scrapes every Hub: the calls of all Hubs. It reads the raw
// samples of the counters and adds up their differences itself, because `increase()` extrapolates.
import { bucketEdges } from '../../analysis/latency-buckets.ts';
import type { ArmSample } from '../../analysis/sample.ts';
import { membersOf } from '../../kernel/read-json.ts';

type Arm = 'canary' | 'stable';

/** One series: the newest counted sample, and what each sample adds. */
interface Series {
  readonly labels: ReadonlyMap<string, string>;
  /** Seconds and value, the oldest first. */
  readonly samples: readonly (readonly [at: number, value: number])[];
}

export type CountedArms = Readonly<Record<Arm, ArmSample>>;

const answerWithin = 10_000;
/** Far enough back for two scrapes. */
const range = '5m';
const calls = 'stk_canary_calls_total';
const durations = 'stk_canary_call_duration_seconds_bucket';

/** Buckets by their exported edge, in seconds. */
const bucketOfEdge = new Map([
  ...bucketEdges.map((ms, bucket): [string, number] => [String(Number((ms / 1000).toPrecision(9))), bucket]),
  ['+Inf', bucketEdges.length],
]);

export class PrometheusSource {
  readonly #url: string;
  /** By series: the newest counted sample. */
  #counted = new Map<string, readonly [at: number, value: number]>();
  #isBegun = false;

  /** `url`: of the server, without the path of its API. */
  constructor(url: string) {
    this.#url = url.replace(/\/$/, '');
  }

  /** The calls since the last time; none at the first time. Rejects when the server does not answer. */
  async take(environment: string): Promise<CountedArms> {
    const names = `${calls}|${durations}`;
    const found = await this.#ask(`{__name__=~"${names}",environment="${environment}"}[${range}]`);
    const fresh = dropStale(found.series, found.now);
    const arms = { canary: emptyCounts(), stable: emptyCounts() };
    const counted = new Map<string, readonly [number, number]>();
    for (const series of fresh) {
      const key = keyOf(series.labels);
      const newest = series.samples.at(-1);
      if (newest === undefined) continue;
      const before = this.#counted.get(key);
      counted.set(key, newest);
      // A series that was missing at the last look began at zero since then.
      const added = this.#isBegun ? growth(series, before ?? [0, 0]) : 0;
      const arm = series.labels.get('arm');
      if (added > 0 && (arm === 'canary' || arm === 'stable')) add(arms[arm], series.labels, added);
    }
    // One that is missing now may return: what was counted from it stays counted.
    this.#counted = new Map([...this.#counted, ...counted]);
    this.#isBegun = true;
    return { canary: toSample(arms.canary), stable: toSample(arms.stable) };
  }

  /** The values of a query by the label `arm`; `null` when one of them has none. Rejects as `take`. */
  async compare(query: string): Promise<{ readonly canary: number; readonly stable: number } | null> {
    const { series } = await this.#ask(query);
    const valueOf = (arm: Arm): number | undefined =>
      series.find(({ labels }) => labels.get('arm') === arm)?.samples.at(-1)?.[1];
    const [canary, stable] = [valueOf('canary'), valueOf('stable')];
    return canary === undefined || stable === undefined ? null : { canary, stable };
  }

  /** The newest value of each series of a query. Rejects as `take`. */
  async values(query: string): Promise<readonly number[]> {
    const { series } = await this.#ask(query);
    return series.flatMap(({ samples }) => samples.at(-1)?.[1] ?? []);
  }

  async #ask(query: string): Promise<{ readonly series: readonly Series[]; readonly now: number }> {
    const response = await fetch(`${this.#url}/api/v1/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ query }),
      redirect: 'error',
      signal: AbortSignal.timeout(answerWithin),
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`Prometheus answered ${response.status}: ${textOf(body, 'error')}`);
    // Ages are computed with the server's own clock.
    const now = Date.parse(response.headers.get('date') ?? '') / 1000;
    const data = membersOf(membersOf(body).get('data'));
    const result = data.get('result');
    if (data.get('resultType') === 'scalar') return { series: [readSeries({ value: result })], now };
    return { series: (Array.isArray(result) ? result : []).map(readSeries), now };
  }
}

/** A Hub that is gone, or is not scraped any more: no sample for two scrapes. */
function dropStale(all: readonly Series[], now: number): readonly Series[] {
  return all.filter(({ samples }) => {
    const [last, before] = [samples.at(-1), samples.at(-2)];
    if (last === undefined || Number.isNaN(now)) return last !== undefined;
    const scrape = before === undefined ? Infinity : last[0] - before[0];
    // The header Date has whole seconds.
    return now - last[0] <= 2 * scrape + 1;
  });
}

/** The growth of a counter since `before`; one that fell started again at zero. */
function growth({ samples }: Series, before: readonly [number, number]): number {
  let [, value] = before;
  let sum = 0;
  for (const [at, next] of samples) {
    if (at <= before[0]) continue;
    sum += next >= value ? next - value : next;
    value = next;
  }
  return sum;
}

interface ScrapedCounts {
  readonly ends: Map<string, number>;
  /** Cumulative, by bucket. */
  readonly latency: Map<number, number>;
}

function emptyCounts(): ScrapedCounts {
  return { ends: new Map(), latency: new Map() };
}

function add({ ends, latency }: ScrapedCounts, labels: ReadonlyMap<string, string>, added: number): void {
  const outcome = labels.get('outcome');
  if (outcome !== undefined) ends.set(outcome, (ends.get(outcome) ?? 0) + added);
  const bucket = bucketOfEdge.get(labels.get('le') ?? '');
  if (bucket !== undefined) latency.set(bucket, (latency.get(bucket) ?? 0) + added);
}

function toSample({ ends, latency }: ScrapedCounts): ArmSample {
  const of = (outcome: string): number => Math.round(ends.get(outcome) ?? 0);
  const [errors, refusals] = [of('error'), of('refusal')];
  const total = of('ok') + errors + refusals + of('left');
  const pairs: (readonly [number, number])[] = [];
  let below = 0;
  for (let bucket = 0; bucket <= bucketEdges.length; bucket += 1) {
    const upTo = Math.round(latency.get(bucket) ?? below);
    if (upTo > below) pairs.push([bucket, upTo - below]);
    below = Math.max(below, upTo);
  }
  return {
    calls: total,
    errors,
    refusals,
    // Counters do not show the order of calls, but they show that all failed.
    trailingErrors: errors === total ? errors : 0,
    latency: pairs,
    callers: null,
  };
}

function readSeries(entry: unknown): Series {
  const members = membersOf(entry);
  const labels = new Map(
    [...membersOf(members.get('metric'))].flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
  const values = members.get('values') ?? [members.get('value')];
  const samples = (Array.isArray(values) ? values : []).flatMap((pair: unknown): [number, number][] => {
    const [at, value]: unknown[] = Array.isArray(pair) ? pair : [];
    return typeof at === 'number' && typeof value === 'string' ? [[at, Number(value)]] : [];
  });
  return { labels, samples };
}

/** The same labels give the same key, in any order. */
function keyOf(labels: ReadonlyMap<string, string>): string {
  return JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function textOf(value: unknown, name: string): string {
  const text = membersOf(value).get(name);
  return typeof text === 'string' ? text : 'no reason';
}
