// Limits of option values. Here rather than with the commands, which are loaded only when they run.

/** The most releases that `stk release list` shows. */
export const mostReleases = 1000;
/** The most releases that `stk release check --all` checks. */
export const mostMatrixReleases = 100;
/** Longest `--timeout`, in milliseconds. */
export const longestWaitMs = 24 * 3_600_000;
