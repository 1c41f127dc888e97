// Ranges of versions such as ^1.4, and the order of versions. The only user of semver. A release id such as v1.4.2 is a
// version.
import { compare, parse, Range, validRange } from 'semver';
import type { VersionRange } from '../../model/pipeline/auto.ts';

/** `undefined` when the text is not a range. */
export function readVersionRange(text: string): VersionRange | undefined {
  if (text.trim() === '' || validRange(text) === null) return undefined;
  const range = new Range(text);
  return {
    includes(release) {
      const version = parse(release);
      return version !== null && range.test(version);
    },
    compare(a, b) {
      const [first, second] = [parse(a), parse(b)];
      return first === null || second === null ? undefined : compare(first, second);
    },
  };
}
