// How long something took or has lasted, for people.

/** `850 ms`, `2.3 s`, `4 min`, `3 h`, `12 d`: how long something took or has lasted. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 48 * 3_600_000) return `${Math.floor(ms / 3_600_000)} h`;
  return `${Math.floor(ms / (24 * 3_600_000))} d`;
}
