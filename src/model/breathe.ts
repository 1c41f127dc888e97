// Long work on the main thread lets calls in between: gives up the event loop once a slice of time is used up.

/** Milliseconds of work in one go: about what a call takes, so that a call waits for little more than another call. */
const slice = 0.5;

/** Awaited between two pieces of work; resolves at once while the slice lasts. */
export type Breathe = () => Promise<void> | undefined;

/** `now`: milliseconds, of any clock that only goes forward. The first slice begins with the call. */
export function createBreathe(now: () => number = () => performance.now()): Breathe {
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
