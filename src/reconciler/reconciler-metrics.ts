// What the reconciler counts, as callbacks: the HTTP server exposes them at /metrics, and the reconciler needs no
// library.

export type ActivationResult = 'activated' | 'refused' | 'unchanged' | 'failed';

export interface ReconcilerMetrics {
  /** A reconcile ended; `reason` is a condition's reason (a CamelCase code, never a message). */
  activation(environment: string, result: ActivationResult, reason: string): void;
  /** Seconds from seeing the commit to serving it; only reported when the first attempt activated it. */
  propagation(environment: string, seconds: number): void;
  /** What the environment serves from now on; `undefined` for nothing any more. Drops the series of other releases. */
  serving(
    environment: string,
    served: { readonly release: string; readonly revision: string } | undefined,
  ): void;
  /** Whether desired = serving and it fits. */
  inSync(environment: string, isInSync: boolean): void;
  /** Whether the database changed, so that the serving release no longer fits it. */
  drifted(environment: string, isDrifted: boolean): void;
}
