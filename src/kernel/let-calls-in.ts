// Long work on the main thread lets calls in between: it gives up the event loop after each slice of time.

/** Milliseconds of work in one go. A call waits for no longer than this. */
const slice = 2;

/** Awaited between two pieces of work. It returns nothing while the slice lasts. */
export type LetCallsIn = () => Promise<void> | undefined;

/** `now`: milliseconds of any clock that only goes forward. The first slice begins with this call. */
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
