// Option values with numbers: `0.87`, or with a name: `coverage=83.4`.
import { InvalidArgumentError } from 'commander';

const number = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

export function parseNumber(text: string): number {
  if (!number.test(text) || !Number.isFinite(Number(text)))
    throw new InvalidArgumentError('Write a number, such as 0.87.');
  return Number(text);
}

/** May be repeated; the last value of a name wins. */
export function collectValue(
  text: string,
  earlier: ReadonlyMap<string, number> | undefined,
): ReadonlyMap<string, number> {
  const [, name, number = ''] = /^([^=]+)=(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)$/.exec(text) ?? [];
  if (name === undefined || !Number.isFinite(Number(number)))
    throw new InvalidArgumentError('Write NAME=NUMBER, such as coverage=83.4.');
  return new Map([...(earlier ?? []), [name, Number(number)]]);
}
