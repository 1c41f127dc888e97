// The result of one check of a trigger. Each kind builds it from an answer, in its own file.

export type Reading =
  /** `sentence`: for people, without user data. */
  | { readonly kind: 'good' | 'bad'; readonly sentence: string }
  /** The question failed, or the answer is invalid. */
  | { readonly kind: 'error'; readonly sentence: string };

export const good = (sentence: string): Reading => ({ kind: 'good', sentence });
export const bad = (sentence: string): Reading => ({ kind: 'bad', sentence });
export const failed = (sentence: string): Reading => ({ kind: 'error', sentence });
