// Formats times and durations for the sentences of gates.

const units: readonly [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/** Two units at most: `2h`, `1h 30m`, `3d 4h`, `45s`. Rounded down. */
export function describeDuration(milliseconds: number): string {
  const parts: string[] = [];
  let rest = milliseconds;
  for (const [name, size] of units) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount}${name}`);
    if (parts.length === 2 || (parts.length === 1 && amount === 0)) break;
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}

/** RFC 3339 in UTC; without milliseconds when they are zero. */
export function describeTime(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
