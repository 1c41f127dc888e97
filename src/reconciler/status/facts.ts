// Facts that an environment may wait for, by name. Whoever sees that one has changed tells it; every environment that waits
// for it is reconciled again at once. A fact only hints: what it is now is read by the reconcile.

/** `database:E`: the database of environment E. `serving:E`: what environment E serves. */
export type Fact = `database:${string}` | `serving:${string}`;
