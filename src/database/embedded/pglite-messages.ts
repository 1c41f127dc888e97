// What the two sides of the PGlite worker thread say to each other. One `run` at a time.

/** In place of a data directory: a database in memory that is gone with its thread. */
export const inMemory = 'memory://';

export type ToWorker = { readonly kind: 'run'; readonly bytes: Uint8Array } | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'ready' }
  /** Answers `run`. */
  | { readonly kind: 'reply'; readonly bytes: Uint8Array }
  /** Answers `run`: the engine itself failed and cannot be used any more. */
  | { readonly kind: 'broken'; readonly message: string }
  | { readonly kind: 'closed' };
