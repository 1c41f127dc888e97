// The messages between the two sides of the PGlite worker thread. One `run` at a time.

/** Instead of a data directory: a database in memory that ends with its thread. */
export const inMemory = 'memory://';

export type ToWorker = { readonly kind: 'run'; readonly bytes: Uint8Array } | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'ready' }
  /** Answers `run`. */
  | { readonly kind: 'reply'; readonly bytes: Uint8Array }
  /** Answers `run`: the engine itself failed and can no longer be used. */
  | { readonly kind: 'broken'; readonly message: string }
  | { readonly kind: 'closed' };
