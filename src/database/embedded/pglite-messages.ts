// What the two sides of the PGlite worker thread say to each other. One `run` at a time.

export type ToWorker = { readonly kind: 'run'; readonly bytes: Uint8Array } | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'ready' }
  /** Answers `run`. */
  | { readonly kind: 'reply'; readonly bytes: Uint8Array }
  /** Answers `run`: the engine itself failed and cannot be used any more. */
  | { readonly kind: 'broken'; readonly message: string }
  | { readonly kind: 'closed' };
