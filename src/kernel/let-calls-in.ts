// Lets calls in between long work on the main thread: it yields to the event loop after each slice of time.

/** Milliseconds of work without a break. No call waits longer than this. */
const slice = 2;

/** Awaited between two pieces of work. Returns nothing while the slice lasts. */
export type LetCallsIn = () => Promise<void> | undefined;

/** `now`: milliseconds of any monotonic clock. The first slice begins with this call. */
export function createLetCallsIn(now: () => number = () => performance.now()): LetCallsIn {
  let until = now() + slice;
  return () => {
    if (now() < until) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        until = now() + slice;
        resolve();
      });
    });
  };
}
