// What one look at what a trigger watches gave. Each kind makes it of an answer, in a file of its own.

export type Reading =
  /** `sentence`: for people, without a row of user data. */
  | { readonly kind: 'good' | 'bad'; readonly sentence: string }
  /** It could not be asked, or the answer is none. */
  | { readonly kind: 'error'; readonly sentence: string };

export const good = (sentence: string): Reading => ({ kind: 'good', sentence });
export const bad = (sentence: string): Reading => ({ kind: 'bad', sentence });
export const failed = (sentence: string): Reading => ({ kind: 'error', sentence });
