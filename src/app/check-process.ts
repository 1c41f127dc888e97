// The process for documents that are only checked. It has a low priority, so that calls come first. It compiles
// documents and, when the database is on a server, checks against it. The Hub gets the verdict.
import { setPriority } from 'node:os';
import { createOrderedChecks } from '../compatibility/check/ordered-checks.ts';
import { pickConnectionVariables } from '../database/postgres/connection-variables.ts';
import { runCompiler } from '../serving/compile/compile-loop.ts';
import { systemClock } from './system-clock.ts';

/** The lowest priority. Threads that start later inherit it. */
const niceness = 19;

const send = process.send?.bind(process);
if (send !== undefined) {
  setPriority(niceness);
  // The Hub ends this process. A terminal or a service manager signals both at once, and the Hub may still need an
  // answer.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit());
  await runCompiler(
    {
      post: (report) => void send(report),
      listen: (take) => process.on('message', take),
    },
    {
      variables: pickConnectionVariables(process.env),
      check: createOrderedChecks(systemClock).check,
    },
  );
}
