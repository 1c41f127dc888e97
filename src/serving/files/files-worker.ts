// The thread that checks files, so that even many files do not delay calls.
import { parentPort, workerData } from 'node:worker_threads';
import { checkFiles, type FileCheckOrder } from './check-files.ts';

// Only look-at-files.ts starts it, with a typed order.
const order: FileCheckOrder = workerData;
parentPort?.postMessage(checkFiles(order));
