// The process that loads a server: N connections, each with one request in flight, for a bounded time. It is told what
// to do by one message and answers with one.
import { encodeRequest, RawConnection } from './raw-connection.ts';
import type { LoadJob, LoadResult } from './load.ts';

async function run(job: LoadJob): Promise<LoadResult> {
  const requests = job.requests.map((request) => encodeRequest(job.port, request));
  const latencies: number[] = [];
  const sentAts: number[] = [];
  let bad = 0;
  let firstBad: string | undefined;
  const begin = performance.now();
  const countFrom = begin + job.warmUpMs;
  const end = countFrom + job.durationMs;
  const runConnection = async (number: number): Promise<void> => {
    const connection = new RawConnection(job.port);
    try {
      for (let turn = number * 7; performance.now() < end; turn += 1) {
        const request = requests[turn % requests.length];
        if (request === undefined) throw new Error('a load without requests');
        const sentAt = performance.now();
        const answer = await connection.send(request);
        if (answer.status !== 200) {
          bad += 1;
          firstBad ??= `${answer.status} ${answer.body.slice(0, 300)}`;
        } else if (sentAt >= countFrom) {
          latencies.push(performance.now() - sentAt);
          sentAts.push(performance.timeOrigin + sentAt);
        }
        if (job.pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, job.pauseMs));
      }
    } catch (error) {
      bad += 1;
      firstBad ??= String(error);
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: job.connections }, (_, number) => runConnection(number)));
  const seconds = Math.max(performance.now() - countFrom, 1) / 1000;
  return { requestsPerSecond: latencies.length / seconds, latencies, sentAt: sentAts, bad, firstBad };
}

process.on('message', (message: LoadJob) => {
  run(message).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      throw error;
    },
  );
});
