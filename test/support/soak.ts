// How often a test repeats what may go wrong at any moment: a few times in every run, many times in `npm run soak`.

export const isSoak = process.env['STK_SOAK'] === '1';

/** Every third of a long table of cases, all of them with `npm run test:engines`. */
export function sampled<T>(cases: readonly T[]): readonly T[] {
  return process.env['STK_TEST_ENGINES'] === 'all' ? cases : cases.filter((_, at) => at % 3 === 0);
}

/** What talks to the Hub alone runs on one engine in every run, on all of these in a soak. */
export function enginesOf<T>(first: T, ...others: readonly T[]): readonly T[] {
  return isSoak ? [first, ...others] : [first];
}

/** `often` in a soak, else `few`. */
export function repeats(few: number, often: number): number {
  return isSoak ? often : few;
}
