// The comparisons of an environment after a promotion: all calls for `bake`, and the calls of its operations for each
// trigger on `errors`.
import type { BakeSettings } from '../../model/pipeline/canary.ts';
import type { Trigger } from '../../model/pipeline/trigger.ts';
import { matchesPermission } from '../../serving/matches-permission.ts';
import type { BakeComparison } from './look-after.ts';

export const bakeName = 'bake';
/** For a bake, as for the gate `errors`. */
const increase = 0.01;

export interface Compared {
  /** `undefined` when only triggers compare. */
  readonly bake: BakeSettings | undefined;
  readonly triggers: readonly Trigger[];
}

/** A trigger continues after its breach, and compares as far back as the record goes. */
const watchedFor = 7 * 24 * 3_600_000;

export function comparisonsOf({ bake, triggers }: Compared): readonly BakeComparison[] {
  const ofBake =
    bake === undefined ? [] : [{ name: bakeName, increase, forMs: bake.forMs, counts: () => true }];
  const ofTriggers = triggers.flatMap(({ name: trigger, test }): BakeComparison[] => {
    if (test.kind !== 'errors') return [];
    const counts = (operation: string): boolean =>
      test.operations.some((permission) => matchesPermission(permission, operation));
    const compared = { name: comparisonOf(trigger), increase: test.increase, forMs: watchedFor, counts };
    return [{ ...compared, isOngoing: true }];
  });
  return [...ofBake, ...ofTriggers];
}

/** A prefix, so that no trigger's name collides. */
export function comparisonOf(trigger: string): string {
  return `trigger ${trigger}`;
}
