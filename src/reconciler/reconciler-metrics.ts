// What the reconciler counts, as callbacks: the HTTP server exposes them at /metrics, and the reconciler knows no library.

export interface ReconcilerMetrics {
  /** A reconcile ended; `reason` is a condition's reason (a CamelCase code, never a message). */
  activation(
    environment: string,
    result: 'activated' | 'refused' | 'unchanged' | 'failed',
    reason: string,
  ): void;
  /** Seconds from seeing the commit to serving it. */
  propagation(environment: string, seconds: number): void;
  /** What the environment serves from now on; undefined: nothing any more. Series of other releases are dropped. */
  serving(
    environment: string,
    served: { readonly release: string; readonly revision: string } | undefined,
  ): void;
  /** Whether desired = serving. */
  inSync(environment: string, isInSync: boolean): void;
}
