// Numbers that an option names: `coverage=83.4`.
import { InvalidArgumentError } from 'commander';

/** May be given again; the last one of a name wins. */
export function collectValue(
  text: string,
  earlier: ReadonlyMap<string, number> | undefined,
): ReadonlyMap<string, number> {
  const [, name, number = ''] = /^([^=]+)=(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)$/.exec(text) ?? [];
  if (name === undefined || !Number.isFinite(Number(number)))
    throw new InvalidArgumentError('Write NAME=NUMBER, such as coverage=83.4.');
  return new Map([...(earlier ?? []), [name, Number(number)]]);
}
