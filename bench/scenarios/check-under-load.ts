// What a check costs those who call meanwhile. The load is closed and far from the most that the Hub can do: each of eight
// connections waits 2 ms after an answer, some 2,500 calls a second on two cores. PostgreSQL and the load itself share
// the machine with the Hub. A call counts as "while a check runs" if it was under way at any moment of one: from before
// its request is sent until it is answered, compiling included; the calls in the pauses between checks are told apart,
// because they would make the figure look better. The first checks, of a Hub that has just been
// started, count too. The floor: another process asks PostgreSQL what such a check asks, and then waits about as long as the
// Hub compiles; the Hub has nothing to do with it. The three turns alternate, and each round compares its own: what the
// machine does to one of them it mostly does to its neighbours, and a round that it spoils is one of many. Beside that, the
// calls of all rounds are compared that the host of a virtual machine took nothing from: few where it is restless.
import { setTimeout as delay } from 'node:timers/promises';
import { builtFile, startChild } from '../child.ts';
import type { QuestionsJob } from '../check-questions.ts';
import { withCleanup } from '../cleanup.ts';
import { type LoadResult, startLoadClient } from '../load.ts';
import { createDatabase } from '../postgres.ts';
import { encodeRequest, RawConnection } from '../raw-connection.ts';
import type { Row, Scenario } from '../scenario.ts';
import { asCall, environment, startServedHub } from '../served-hub.ts';
import { medianOf, summarise } from '../statistics.ts';
import { watchStolenTime } from '../stolen-time.ts';
import { primaryKeyRead, releaseText, tablesSql } from '../workload.ts';

const operations = 100;
const connections = 8;
/** Milliseconds between two checks: an operator or CI asks now and then, not in a loop. */
const pauseMs = 250;
/** In a turn: with no time for a check, the pauses alone leave room for no more. */
const mostChecks = 10;
/** Statements of a document that no document before it had: the next release of an application changes some. */
const ownOperations = 20;
/** Milliseconds of a check in which nothing is asked. */
const compilingMs = 30;

/** Of a Hub just started: told apart, because calls beside them wait longest. */
const firstChecks = 30;

/** Milliseconds since the epoch. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Latencies of calls that the host took nothing from: beside no check, beside the first ones, beside those after them. */
interface Undisturbed {
  readonly steady: number[];
  readonly first: number[];
  readonly later: number[];
}

export const checkUnderLoad: Scenario = {
  name: 'check-under-load',
  title: `Latency of /call (primary-key read, ${connections} connections) while the Hub checks documents of ${operations} operations that it has not seen, ${ownOperations} of them with SQL of their own, with ${pauseMs} ms between two checks.`,
  run: (context) =>
    withCleanup(async (cleanup) => {
      const databaseUrl = await createDatabase(tablesSql());
      const { hub } = await startServedHub(context, cleanup, { databaseUrl, operations });
      const client = startLoadClient();
      cleanup.add(() => client.stop());
      const stolen = watchStolenTime();
      cleanup.add(() => stolen.stop());
      const undisturbed: Undisturbed = { steady: [], first: [], later: [] };
      const warmUpMs = 300;
      const durationMs = context.isQuick ? 1500 : 2000;
      const load = (): Promise<LoadResult> =>
        client.run({
          port: hub.port,
          requests: [asCall('{"operation":"customers.get","input":{"id":7}}')],
          connections,
          warmUpMs,
          durationMs,
          pauseMs: 2,
        });
      const writeRequest = (release: string): Buffer =>
        encodeRequest(hub.port, {
          path: `/api/v1/projects/shop/environments/${environment}/check`,
          body: JSON.stringify({
            document: releaseText({ release, operations, ownFrom: operations - ownOperations }),
          }),
        });
      const checkOnce = async (request: Buffer): Promise<Span> => {
        const control = new RawConnection(hub.port);
        cleanup.add(() => control.close());
        const from = performance.timeOrigin + performance.now();
        const { status, body } = await control.send(request);
        control.close();
        if (status !== 200) throw new Error(`the check answered ${status} ${body.slice(0, 300)}`);
        return { from, to: performance.timeOrigin + performance.now() };
      };
      const questions = startChild(builtFile('../check-questions.js', import.meta.url));
      cleanup.add(() => questions.stop());
      const askOnce = async (round: number): Promise<Span> => {
        const statements = Array.from(
          { length: ownOperations },
          (_, index) => `${primaryKeyRead.pg} and ${round} * ${ownOperations} + ${index} >= 0`,
        );
        const job: QuestionsJob = { databaseUrl, statements };
        const from = performance.timeOrigin + performance.now();
        await questions.ask({ ...job });
        await delay(compilingMs);
        return { from, to: performance.timeOrigin + performance.now() };
      };
      const steady: number[] = [];
      const floor: number[] = [];
      const busy: number[] = [];
      const between: number[] = [];
      const checks: Span[] = [];
      const asked: Span[] = [];
      /** Does it again and again beside the load; gives the latencies of the calls meanwhile, and of those in the pauses. */
      const loadBeside = async (
        spans: Span[],
        once: (round: number) => Promise<Span>,
      ): Promise<{ readonly during: number[]; readonly outside: number[] }> => {
        const loading = load();
        // Awaited below; what fails first must not leave it unobserved.
        loading.catch(() => undefined);
        const until = performance.now() + warmUpMs + durationMs;
        while (performance.now() < until) {
          spans.push(await once(spans.length));
          await delay(pauseMs);
        }
        const { latencies, sentAt } = await loading;
        await stolen.settled();
        const during: number[] = [];
        const outside: number[] = [];
        for (const [index, latency] of latencies.entries()) {
          const from = sentAt[index] ?? 0;
          const at = spans.findIndex((one) => one.from <= from + latency && from <= one.to);
          (at >= 0 ? during : outside).push(latency);
          if (spans === checks && at >= 0 && stolen.isUndisturbed(from, latency))
            undisturbed[at < firstChecks ? 'first' : 'later'].push(latency);
        }
        return { during, outside };
      };
      const ratios: number[] = [];
      const ratiosOfFloor: number[] = [];
      await load();
      for (let round = 0; round < (context.isQuick ? 1 : 5) && !context.signal.aborted; round += 1) {
        const { latencies, sentAt } = await load();
        await stolen.settled();
        for (const [index, latency] of latencies.entries())
          if (stolen.isUndisturbed(sentAt[index] ?? 0, latency)) undisturbed.steady.push(latency);
        const { during: beside } = await loadBeside(asked, askOnce);
        // Written before the load begins: to write one takes the processors that are measured.
        const requests = Array.from({ length: mostChecks }, (_, index) =>
          writeRequest(`new-${checks.length + index}`),
        );
        const { during, outside } = await loadBeside(checks, (number) =>
          checkOnce(requests.shift() ?? writeRequest(`new-${number}`)),
        );
        for (const latency of latencies) steady.push(latency);
        for (const latency of beside) floor.push(latency);
        for (const latency of during) busy.push(latency);
        for (const latency of outside) between.push(latency);
        ratiosOfFloor.push(p99Of(beside) / p99Of(latencies));
        ratios.push(p99Of(during) / p99Of(latencies));
      }
      return [
        { what: '/call, steady', samples: steady, unit: 'ms' },
        {
          what: '/call while another process asks what a check asks',
          samples: floor,
          unit: 'ms',
          against: '/call, steady',
        },
        { what: '/call while a check runs', samples: busy, unit: 'ms', against: '/call, steady' },
        { what: '/call between two checks', samples: between, unit: 'ms', against: '/call, steady' },
        {
          what: 'p99 while another process asks, of the steady p99 of the same round',
          samples: ratiosOfFloor,
          unit: '×',
        },
        {
          what: 'p99 while a check runs, of the steady p99 of the same round',
          samples: ratios,
          unit: '×',
          aim: { text: 'median ≤ 2×', isMet: medianOf(ratios) <= 2 },
        },
        ...compareUndisturbed(undisturbed),
        {
          what: 'one check, compiling included',
          samples: checks.map(({ from, to }) => to - from),
          unit: 'ms',
        },
      ];
    }),
};

function p99Of(latencies: readonly number[]): number {
  return summarise(latencies).p99;
}

/** None where the host left no calls to compare, or where there were no later checks: in a quick run. */
function compareUndisturbed({ steady, first, later }: Undisturbed): readonly Row[] {
  if ([steady, first, later].some(({ length }) => length === 0)) return [];
  const against = '/call, steady, undisturbed';
  const ratio = p99Of([...first, ...later]) / p99Of(steady);
  return [
    { what: against, samples: steady, unit: 'ms' },
    {
      what: `/call while one of the first ${firstChecks} checks runs, undisturbed`,
      samples: first,
      unit: 'ms',
      against,
    },
    { what: '/call while a later one runs, undisturbed', samples: later, unit: 'ms', against },
    {
      what: 'p99 of undisturbed calls while a check runs, of the steady p99 of such calls',
      samples: [ratio],
      unit: '×',
      aim: { text: '≤ 2×', isMet: ratio <= 2 },
    },
  ];
}
