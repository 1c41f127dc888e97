// The messages of an event stream, read from its bytes. Knows nothing of where they come from or what they mean.
import { createParser } from 'eventsource-parser';

export interface HubMessage {
  /** `status`, `event`, `gates`, `canary`, or what a newer Hub tells; `undefined` means a heartbeat. */
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: unknown;
}

const heartbeat: HubMessage = { event: undefined, id: undefined, data: undefined };

export async function* readEventStream(chunks: AsyncIterable<Buffer>): AsyncGenerator<HubMessage> {
  let ready: HubMessage[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) => ready.push({ event, id, data: JSON.parse(data) as unknown }),
    onComment: () => ready.push(heartbeat),
  });
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    const messages = ready;
    ready = [];
    yield* messages;
  }
}
