// Durations of calls by environment, release, operation and code, in the text format of Prometheus. An own histogram,
// because every call pays for it: prom-client's costs ten times as much. The caller chooses the labels; they must need
// no escaping.

export interface CallLabels {
  readonly environment: string;
  readonly release: string;
  /** '' when the request named no operation of the release. */
  readonly operation: string;
  /** `ok`, or the refusal's code. */
  readonly code: string;
}

interface Series {
  /** One for each bucket, and one for values beyond the last; not cumulative. */
  readonly counts: number[];
  sum: number;
}

type Labelled<T> = Map<string, T>;
type Operations = Labelled<Labelled<Series>>;

/** Seconds. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 60];
const name = 'stk_call_duration_seconds';
const help = 'Calls by operation, release and code; operation "" when it is unknown.';

export class CallHistogram {
  /** Environment, release, operation, code. */
  readonly #series: Labelled<Labelled<Operations>> = new Map();

  observe({ environment, release, operation, code }: CallLabels, seconds: number): void {
    const series =
      this.#series.get(environment)?.get(release)?.get(operation)?.get(code) ??
      this.#begin({ environment, release, operation, code });
    let bucket = 0;
    while (bucket < buckets.length && seconds > (buckets[bucket] ?? Infinity)) bucket += 1;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
  }

  /** Drops the series of all releases of an environment except one; `undefined` drops all. */
  keepOnly(environment: string, release: string | undefined): void {
    const releases = this.#series.get(environment);
    for (const one of releases?.keys() ?? []) if (one !== release) releases?.delete(one);
  }

  render(): string {
    const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
    for (const [environment, releases] of this.#series) {
      for (const [release, operations] of releases) {
        for (const [operation, codes] of operations) {
          for (const [code, series] of codes) {
            const labels = `environment="${environment}",operation="${operation}",release="${release}",code="${code}"`;
            lines.push(...renderSeries(labels, series));
          }
        }
      }
    }
    return `${lines.join('\n')}\n`;
  }

  #begin({ environment, release, operation, code }: CallLabels): Series {
    const series: Series = { counts: Array.from({ length: buckets.length + 1 }, () => 0), sum: 0 };
    const releases = descend(this.#series, environment);
    descend(descend(releases, release), operation).set(code, series);
    return series;
  }
}

function descend<T>(level: Labelled<Map<string, T>>, key: string): Map<string, T> {
  let next = level.get(key);
  if (next === undefined) level.set(key, (next = new Map()));
  return next;
}

function renderSeries(labels: string, { counts, sum }: Series): string[] {
  let total = 0;
  const lines = counts.map((count, index) => {
    total += count;
    return `${name}_bucket{${labels},le="${buckets[index] ?? '+Inf'}"} ${total}`;
  });
  return [...lines, `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${total}`];
}
