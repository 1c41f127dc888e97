// What the activation of a large release does to the Hub's main thread: event-loop delay under load, steady and from
// the ref's move until the release is served.
import { withCleanup } from '../cleanup.ts';
import { openBranchMover } from '../config-repo.ts';
import { watchRelease } from '../hub.ts';
import { startLoadClient } from '../load.ts';
import { createDatabase } from '../postgres.ts';
import type { Scenario } from '../scenario.ts';
import { asCall, environment, pointer, startServedHub } from '../served-hub.ts';
import { medianOf } from '../statistics.ts';
import { releaseText, tablesSql } from '../workload.ts';

const operations = 1000;
const connections = 16;

export const eventLoop: Scenario = {
  name: 'event-loop',
  title: `Event-loop delay of the Hub while a release of ${operations} operations, never seen before, is activated under ${connections} connections of primary-key reads; p99 and maximum of each activation's window.`,
  run: (context) =>
    withCleanup(async (cleanup) => {
      const activations = context.isQuick ? 1 : 5;
      const databaseUrl = await createDatabase(tablesSql());
      const { hub, repo } = await startServedHub(context, cleanup, { databaseUrl, operations: 10 });
      const names = Array.from({ length: activations }, (_, index) => `large-${index}`);
      const revisions = await repo.prepare(
        names.map((release) => ({
          subject: `promote(${environment}): to ${release}`,
          files: {
            [`releases/${release}.yaml`]: releaseText({ release, operations, ownFrom: 0 }),
            [pointer]: `release: ${release}\n`,
          },
        })),
      );
      const mover = await openBranchMover(repo.directory);
      cleanup.add(() => mover.stop());
      const client = startLoadClient();
      cleanup.add(() => client.stop());
      const load = (durationMs: number) =>
        client.run({
          port: hub.port,
          requests: [asCall('{"operation":"customers.get","input":{"id":7}}')],
          connections,
          warmUpMs: 300,
          durationMs,
          pauseMs: 1,
        });
      await load(1000);

      const steady: { p99: number; max: number }[] = [];
      const busy: { p99: number; max: number; ms: number }[] = [];
      for (const [index, release] of names.entries()) {
        const steadyLoad = load(2000);
        await pause(400);
        await hub.resetDelay();
        await pause(1500);
        steady.push(await hub.readDelay());
        await steadyLoad;
        const busyLoad = load(context.isQuick ? 4000 : 5000);
        await pause(500);
        const watch = watchRelease(hub.port, environment, 20_000);
        await hub.resetDelay();
        const movedAt = mover.move(revisions[index] ?? '');
        const servedAt = await watch.until(release);
        busy.push({ ...(await hub.readDelay()), ms: servedAt - movedAt });
        watch.close();
        await busyLoad;
        context.say(`${release} served after ${Math.round(servedAt - movedAt)} ms`);
      }
      const p99 = busy.map((one) => one.p99);
      return [
        { what: 'steady: p99', samples: steady.map((one) => one.p99), unit: 'ms' },
        { what: 'steady: maximum', samples: steady.map((one) => one.max), unit: 'ms' },
        {
          what: 'activating: p99',
          samples: p99,
          unit: 'ms',
          against: 'steady: p99',
          aim: { text: 'p99 ≤ 20 ms', isMet: medianOf(p99) <= 20 },
        },
        {
          what: 'activating: maximum',
          samples: busy.map((one) => one.max),
          unit: 'ms',
          against: 'steady: maximum',
        },
        { what: 'commit to served', samples: busy.map((one) => one.ms), unit: 'ms' },
      ];
    }),
};

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
