// The thread that looks at files, so that however many there are calls go on.
import { parentPort, workerData } from 'node:worker_threads';
import { checkFiles, type FileCheckOrder } from './check-files.ts';

// What starts it is look-at-files.ts alone, which types the order.
const order: FileCheckOrder = workerData;
parentPort?.postMessage(checkFiles(order));
