// One runs, one waits: a call during a run waits for the next run, shared by all waiting callers.

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
    // A failure of the current run does not matter to callers of the next one.
    waiting ??= running.then(again, again);
    return waiting;
  };
}
