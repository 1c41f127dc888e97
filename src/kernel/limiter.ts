// Limits how much expensive work (compiling, sessions on one server, git processes) runs at once. The rest waits in
// order.

export type Limiter = <T>(work: () => Promise<T>) => Promise<T>;

/** A limiter that runs at most `most` tasks at the same time. */
export function createLimiter(most: number): Limiter {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
