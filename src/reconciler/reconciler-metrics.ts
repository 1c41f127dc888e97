// What the reconciler counts, as callbacks: the HTTP server exposes them at /metrics, and the reconciler knows no library.

export type ActivationResult = 'activated' | 'refused' | 'unchanged' | 'failed';

export interface ReconcilerMetrics {
  /** A reconcile ended; `reason` is a condition's reason (a CamelCase code, never a message). */
  activation(environment: string, result: ActivationResult, reason: string): void;
  /** Seconds from seeing the commit to serving it; told only when the first attempt activated it. */
  propagation(environment: string, seconds: number): void;
  /** What the environment serves from now on; `undefined` means nothing any more. Series of other releases are dropped. */
  serving(
    environment: string,
    served: { readonly release: string; readonly revision: string } | undefined,
  ): void;
  /** Whether desired = serving and it fits. */
  inSync(environment: string, isInSync: boolean): void;
  /** Whether the database changed under the serving release so that it no longer fits. */
  drifted(environment: string, isDrifted: boolean): void;
}
