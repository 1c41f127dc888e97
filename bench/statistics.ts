// Numbers from samples: quantiles by linear interpolation between order statistics, and ratios of medians.

export interface Summary {
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly min: number;
  readonly max: number;
}

/** The q-quantile (0–1) of `ascending`, which must be sorted and not empty. */
export function quantile(ascending: readonly number[], q: number): number {
  const place = (ascending.length - 1) * q;
  const below = ascending[Math.floor(place)];
  const above = ascending[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new Error('a quantile of no samples was asked for');
  return below + (above - below) * (place - Math.floor(place));
}

export function summarise(samples: readonly number[]): Summary {
  const ascending = samples.toSorted((a, b) => a - b);
  return {
    count: ascending.length,
    median: quantile(ascending, 0.5),
    p99: quantile(ascending, 0.99),
    min: quantile(ascending, 0),
    max: quantile(ascending, 1),
  };
}

export function medianOf(samples: readonly number[]): number {
  return summarise(samples).median;
}
