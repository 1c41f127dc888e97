// What one gate's test found at a look: a verdict, the counts and bounds behind it, and a sentence for people.
import type { Bounds, Counts } from './confidence-sequence.ts';

/** INCONCLUSIVE: not enough evidence yet. NO_DATA: too few calls. NONE: the source of the counts failed. */
export type GateReading = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'NO_DATA' | 'NONE';

/** Raw counts of an arm with the bounds of its rate. */
export interface ArmReading extends Counts, Bounds {}

export interface Reading {
  /** Whether the test speaks against the canary at this look. */
  readonly isBreached: boolean;
  /** Whether a single look is enough, such as when all calls of the canary fail. */
  readonly isCertain: boolean;
  readonly isPassed: boolean;
  /** A pass that is based on the errors gate and at most one failed call. */
  readonly isWeak: boolean;
  /** Whether stable itself is proven not to meet the objective. */
  readonly isBelowObjective: boolean;
  /** Whether the canary must not pass although no breach is proven. */
  readonly blocksPass: boolean;
  readonly canary: ArmReading | null;
  readonly stable: ArmReading | null;
  /** The smallest difference that would have been found by now, as a fraction; `null` when it does not apply. */
  readonly smallestEffect: number | null;
  /** The result, without the verdict's name. */
  readonly sentence: string;
}

export const noReading: Omit<Reading, 'sentence'> = {
  isBreached: false,
  isCertain: false,
  isPassed: false,
  isWeak: false,
  isBelowObjective: false,
  blocksPass: false,
  canary: null,
  stable: null,
  smallestEffect: null,
};
