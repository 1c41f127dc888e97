// Sentences about counts and durations for people who know no statistics. Numbers are rounded; the report has the exact
// ones too.
import type { ArmReading } from './reading.ts';
import type { BadKind } from './tally.ts';

/** `0.0123` as `1.2 %`, with more digits for small shares. */
export function percent(share: number): string {
  const value = share * 100;
  const digits = value >= 99.9 && value < 100 ? 3 : value >= 1 ? 1 : 2;
  return `${Number(value.toFixed(digits))} %`;
}

/** `0.01` as `1 point`: a difference of two shares in per cent. */
export function points(share: number): string {
  const value = Number((share * 100).toFixed(2));
  return value === 1 ? '1 point' : `${value} points`;
}

const wholeNumber = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function count(value: number): string {
  return wholeNumber.format(Math.round(value));
}

const badWords: Record<BadKind, string> = { errors: 'failed', refusals: 'were refused' };

function oneArm(name: string, kind: BadKind, { calls, bad, lower, upper }: ArmReading): string {
  return `${name}: ${count(bad)} of ${count(calls)} calls ${badWords[kind]} (${percent(lower)} to ${percent(upper)})`;
}

export function compareRates(kind: BadKind, canary: ArmReading, stable: ArmReading, allowed: string): string {
  return `${oneArm('Canary', kind, canary)}. ${oneArm('Stable', kind, stable)}. Allowed: ${allowed}.`;
}

function duration(ms: number | null): string {
  if (ms === null) return 'no calls';
  if (ms === Infinity) return 'over 60 s';
  return ms >= 1000 ? `${Number((ms / 1000).toFixed(2))} s` : `${Number(ms.toPrecision(3))} ms`;
}

export function compareLatency(
  quantile: number,
  measured: { readonly canary: number | null; readonly stable: number | null },
  increase: number,
  calls: number,
): string {
  const name = `p${Number((quantile * 100).toFixed(3))}`;
  const canary = duration(measured.canary);
  return `${name} of the canary: ${canary} over ${count(calls)} calls, of stable: ${duration(measured.stable)}. Allowed: ${percent(increase)} more.`;
}

/** `values`: `undefined` when nobody asks for them, `null` when one of them is missing. */
export function compareMetric(
  values: { readonly canary: number; readonly stable: number } | null | undefined,
  increase: number,
): string {
  if (values === undefined) return 'This query needs a Prometheus server as the source.';
  if (values === null) return 'The query has no value for one of the two releases.';
  return `The query gives ${values.canary} for the canary and ${values.stable} for stable. Allowed: ${percent(increase)} more.`;
}
