// One runs, one waits: a call while the work runs waits for a run that begins after it, shared with all who wait.

export function shareWaiting(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let waiting: Promise<void> | undefined;

  function start(): Promise<void> {
    const run = work().finally(() => {
      if (running === run) running = undefined;
    });
    running = run;
    return run;
  }

  return () => {
    if (running === undefined) return start();
    const again = (): Promise<void> => {
      waiting = undefined;
      return start();
    };
    // Whether the one that runs fails does not matter to those who wait for the next.
    waiting ??= running.then(again, again);
    return waiting;
  };
}
