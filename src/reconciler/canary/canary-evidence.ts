// The results of a look for records and commit messages: counts and bounds by gate. Pure.
import type { ArmReading } from '../../analysis/reading.ts';
import type { LookReport } from '../../analysis/look.ts';
import type { CanaryEvidence } from './canary-state.ts';

/** Without gates that have no counts, such as `health`. */
export function evidenceOf({ gates }: Pick<LookReport, 'gates'>): CanaryEvidence {
  const counted = gates.flatMap(({ name, canary, stable }) =>
    canary === null || stable === null ? [] : [{ name, canary, stable }],
  );
  const counts = ({ calls, bad }: ArmReading) => ({ calls, bad });
  const bounds = ({ lower, upper }: ArmReading) => ({ lower: rounded(lower), upper: rounded(upper) });
  return {
    counts: Object.fromEntries(
      counted.map(({ name, canary, stable }) => [name, { canary: counts(canary), stable: counts(stable) }]),
    ),
    bounds: Object.fromEntries(
      counted.map(({ name, canary, stable }) => [name, { canary: bounds(canary), stable: bounds(stable) }]),
    ),
  };
}

/** Six digits are as precise as the counts. */
function rounded(share: number): number {
  return Number(share.toPrecision(6));
}
