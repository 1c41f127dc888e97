// How often a test repeats what may go wrong at any moment: a few times in every run, many times in `npm run soak`.

export const isSoak = process.env['STK_SOAK'] === '1';

/** `often` in a soak, else `few`. */
export function repeats(few: number, often: number): number {
  return isSoak ? often : few;
}
