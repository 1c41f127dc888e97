// Facts that an environment may wait for, by name. Whoever sees that one has changed tells it; every environment that waits
// for it is reconciled again at once. A fact only hints: what it is now is read by the reconcile.

/**
 * `database:E`: the database of environment E. `serving:E`: what environment E serves, and whether healthily. `records`: the
 * records branch. `stops`: freezes and vetoes. `policy`: stk.yaml.
 */
export type Fact = `database:${string}` | `serving:${string}` | 'records' | 'stops' | 'policy';
