// Facts that an environment may wait for, by name. Code that sees a fact change reports it; every environment that
// waits for it is reconciled again at once. Only a hint: the reconcile reads the current value.

/**
 * `database:E`: the database of environment E. `serving:E`: what environment E serves, and whether it is healthy.
 * `records`: the records branch. `stops`: freezes and vetoes. `policy`: stk.yaml.
 */
export type Fact = `database:${string}` | `serving:${string}` | 'records' | 'stops' | 'policy';
