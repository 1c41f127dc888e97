// The process of documents that are only checked, which gives way to all other work: it reads and compiles them and, where
// the database is on a server, asks that too; the Hub gets the verdict. A thread of the Hub's process would not do: the
// engine's helpers, which translate and collect for it, have the Hub's priority.
import { setFlagsFromString } from 'node:v8';
import { createOrderedChecks } from '../compatibility/check/ordered-checks.ts';
import { pickConnectionVariables } from '../database/postgres/connection-variables.ts';
import { runCompiler } from '../serving/compile/compile-loop.ts';
import { createGiveWay } from '../serving/compile/give-way.ts';
import { lowerPriority } from '../serving/compile/lower-priority.ts';
import { systemClock } from './system-clock.ts';

/**
 * Of byte code a function, a third of the engine's own: what it translates in one piece takes milliseconds, and it does not
 * give way then.
 */
const inlinedBytes = 300;

const [priority, warmUps] = process.argv.slice(2);
const send = process.send?.bind(process);
if (send !== undefined) {
  // The Hub ends it. A terminal or a service manager signals both at once, and the Hub may still want an answer.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit());
  // An engine without such a limit says so on stderr and goes on.
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${inlinedBytes}`);
  lowerPriority('nice');
  await runCompiler(
    {
      post: (report) => void send(report),
      listen: (take) => process.on('message', take),
    },
    {
      // Not before: nobody limits how long a process may take to start.
      begin() {
        const isIdle = priority === 'idle' && lowerPriority('idle') === 'idle';
        send({ kind: 'ready', isIdle });
      },
      warmUps: Number(warmUps),
      giveWay: priority === 'idle' ? createGiveWay() : undefined,
      variables: pickConnectionVariables(process.env),
      check: createOrderedChecks(systemClock).check,
    },
  );
}
