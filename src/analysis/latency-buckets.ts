// The buckets in which durations of calls are counted: edges on a logarithmic scale, each at most 5 % above the one
// before. A quantile read from them is therefore at most 5 % off. Pure.

const smallestMs = 0.25;
const largestMs = 60_000;
const growth = 1.05;

/** Upper edges in milliseconds; a call counts in the first bucket whose edge is not below its duration. */
export const bucketEdges: readonly number[] = makeEdges();
/** One bucket for each edge, and one for everything above the last edge. */
export const bucketCount = bucketEdges.length + 1;

function makeEdges(): number[] {
  const steps = Math.ceil(Math.log(largestMs / smallestMs) / Math.log(growth));
  const factor = (largestMs / smallestMs) ** (1 / steps);
  return Array.from({ length: steps + 1 }, (_, step) => Number((smallestMs * factor ** step).toPrecision(6)));
}

const perStep = Math.log(largestMs / smallestMs) / (bucketEdges.length - 1);

/** The index of the bucket of a duration in milliseconds. */
export function bucketOf(ms: number): number {
  if (!(ms > smallestMs)) return 0;
  if (ms > largestMs) return bucketCount - 1;
  // The logarithm may be off by a rounding at an edge: the edges themselves decide.
  let index = Math.min(bucketEdges.length - 1, Math.ceil(Math.log(ms / smallestMs) / perStep));
  while (index > 0 && ms <= (bucketEdges[index - 1] ?? 0)) index -= 1;
  while (index < bucketEdges.length && ms > (bucketEdges[index] ?? Infinity)) index += 1;
  return index;
}

/** The upper edge of a bucket in milliseconds; `Infinity` for the last. */
export function edgeOf(bucket: number): number {
  return bucketEdges[bucket] ?? Infinity;
}
