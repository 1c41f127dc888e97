// Bounds of what options take. Here rather than with the commands, which are loaded only when they run.

/** Most releases that `stk release list` shows. */
export const mostReleases = 1000;
/** Most releases that `stk release check --all` asks about. */
export const mostMatrixReleases = 100;
/** Longest `--timeout`, in milliseconds. */
export const longestWaitMs = 24 * 3_600_000;
