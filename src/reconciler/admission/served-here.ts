// What this Hub serves in an environment, for admission and the health notes.
import type { Content } from '../../gates/admission/admission-facts.ts';

export interface ServedHere extends Content {
  /** Its database answers, and it fits. */
  readonly isHealthy: boolean;
  /** Its database answers. */
  readonly isReachable: boolean;
  /** As far as it was compared with its database. */
  readonly fits: boolean;
}
