// Loaded ahead of the Hub's main module (`node --import`): measures the delay of the main thread's event loop and
// answers the bench's messages with it, from the first `reset` on. The Hub knows nothing of it.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.send !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  process.on('message', (message) => {
    if (message === 'reset') {
      delay.enable();
      delay.reset();
    }
    const inMs = (nanoseconds: number): number => nanoseconds / 1e6;
    process.send?.({
      p50: inMs(delay.percentile(50)),
      p99: inMs(delay.percentile(99)),
      max: inMs(delay.max),
      count: delay.count,
    });
  });
  process.channel?.unref();
}
