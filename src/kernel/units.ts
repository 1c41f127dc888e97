// Durations, sizes and shares as documents and command lines write them.

const milliseconds: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const bytes: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
]);

/** `500ms`, `30s`, `5m`, `2h`, `7d` in milliseconds; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  return parseAmount(text, milliseconds);
}

/** `512B`, `64KiB`, `1MiB` in bytes; `undefined` for anything else. */
export function parseSize(text: string): number | undefined {
  return parseAmount(text, bytes);
}

/** `10%` as 0.1; `undefined` for anything else. */
export function parsePercent(text: string): number | undefined {
  return parseHundredths(text, '%');
}

/** Percentage points, `1pp`, as 0.01; `undefined` for anything else. */
export function parsePoints(text: string): number | undefined {
  return parseHundredths(text, 'pp');
}

function parseHundredths(text: string, unit: string): number | undefined {
  const [, amount, written] = /^([0-9]{1,3}(?:\.[0-9]{1,6})?)(%|pp)$/.exec(text) ?? [];
  // Shifted as text, because 99.9 / 100 is not 0.999.
  return amount === undefined || written !== unit ? undefined : Number(`${amount}e-2`);
}

function parseAmount(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const [, amount, name] = /^([0-9]{1,9})([A-Za-z]+)$/.exec(text) ?? [];
  const unit = units.get(name ?? '');
  return amount === undefined || unit === undefined ? undefined : Number(amount) * unit;
}
