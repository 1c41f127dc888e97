// Long work on the main thread lets calls in between: gives up the event loop once a slice of time is used up, and rests
// where others had work for it.

/** Milliseconds of work in one go: less than a call takes, so that a call waits for little more than another call. */
const slice = 0.3;
/** Milliseconds in which a turn of the event loop without other work is over. */
const emptyTurn = 0.1;
/**
 * Milliseconds. A thread that never sleeps is one that the system lets wait for others, and the calls wait with it; one that
 * sleeps now and then is woken at once.
 */
const rest = 4;

/** Awaited between two pieces of work; resolves at once while the slice lasts. */
export type Breathe = () => Promise<void> | undefined;

/** `now`: milliseconds, of any clock that only goes forward. The first slice begins with the call. */
export function createBreathe(now: () => number = () => performance.now()): Breathe {
  let until = now() + slice;
  const breathe = async (): Promise<void> => {
    await takeBreath(now);
    until = now() + slice;
  };
  return () => (now() < until ? undefined : breathe());
}

/** Between two works that are long together, whatever time has passed. */
export function takeBreath(
  now: () => number = () => performance.now(),
  later: (goOn: () => void, ms: number) => void = setTimeout,
): Promise<void> {
  return new Promise((resolve) => {
    const begin = now();
    setImmediate(() => {
      if (now() - begin < emptyTurn) resolve();
      else later(resolve, rest);
    });
  });
}
