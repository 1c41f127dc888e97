// The compiler in a thread of the Hub's own process: for releases that somebody waits for.
import { parentPort } from 'node:worker_threads';
import { runCompiler } from './compile-loop.ts';

const port = parentPort;
if (port !== null)
  await runCompiler({
    post: (report) => port.postMessage(report),
    listen: (take) => port.on('message', take),
  });
