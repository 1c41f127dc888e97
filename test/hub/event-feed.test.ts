// The feed on a real socket: messages are numbered and kept within a bound, and who does not read is dropped.
import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { readEventStream } from '../../src/cli/hub/event-stream.ts';
import { EventFeed } from '../../src/hub/live/event-feed.ts';
import { MessageLog } from '../../src/hub/live/message-log.ts';
import { realClock } from '../support/clock.ts';
import { poll } from '../support/hub/hub-process.ts';

it('keeps the newest messages within its bound, and the newest one however large', () => {
  const log = new MessageLog({ messages: 3, bytes: 100 });
  const add = (size: number): void =>
    log.add({ event: 'status', environment: 'dev' }, () => Buffer.alloc(size));
  for (let count = 0; count < 5; count += 1) add(10);
  expect([log.newest, log.reaches(1), log.reaches(2), log.reaches(5), log.reaches(6)]).toEqual([
    5,
    false,
    true,
    true,
    false,
  ]);
  add(1_000);
  expect([log.reaches(4), log.reaches(5), log.get(6)?.bytes.length]).toEqual([false, true, 1_000]);
});

it('sends everything to who reads, and drops who does not, by the heartbeat or by the bound', async () => {
  let beat = (): void => undefined;
  const feed = new EventFeed(
    {
      ...realClock,
      sleep: (ms, signal) =>
        ms === 1_234
          ? new Promise((resolve) => {
              beat = () => {
                signal?.removeEventListener('abort', beat);
                resolve();
              };
              signal?.addEventListener('abort', beat);
            })
          : realClock.sleep(ms, signal),
    },
    { listeners: 3, heartbeat: 1_234 },
  );
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
    const isAllowed = (): Promise<boolean> => Promise.resolve(true);
    feed.listen({ response, environment: undefined, lastEventId: undefined, opening: [], isAllowed });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const outgoing = request({ port, host: '127.0.0.1' });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const stalled = connect(port, '127.0.0.1');
  stalled.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await poll(60_000, () => (feed.size === 2 ? true : undefined));

  const count = 1_500;
  const text = 'x'.repeat(20_000);
  const received: string[] = [];
  const reading = (async () => {
    for await (const { data } of readEventStream(response)) {
      if (data === undefined) continue;
      received.push((data as [string])[0]);
      if (received.length === count) break;
    }
  })();
  for (let number = 0; number < count; number += 1) {
    feed.publish('event', 'dev', JSON.stringify([String(number), text]));
    // As fast as the reader reads, not faster: it is the other one that is slow.
    await poll(60_000, () => (received.length >= number - 100 ? true : undefined));
  }
  await reading;
  expect(received).toEqual(Array.from({ length: count }, (_, number) => String(number)));
  expect(feed.size).toBeLessThanOrEqual(1);
  outgoing.destroy();
  stalled.destroy();
  await poll(60_000, () => (feed.size === 0 ? true : undefined));

  // Blocked, though the bound is not reached: the second heartbeat that finds it so drops it.
  const other = connect(port, '127.0.0.1');
  other.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await poll(60_000, () => (feed.size === 1 ? true : undefined));
  // More than the kernel holds for a reader that does not read.
  feed.publish('event', 'dev', JSON.stringify(['x'.repeat(40_000_000)]));
  const gone = await poll(60_000, () => {
    beat();
    return feed.size === 0 ? true : undefined;
  });
  expect(gone).toBe(true);
  await feed.close();
  other.destroy();
  server.close();
});
