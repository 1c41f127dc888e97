// Parses the messages of an event stream from its bytes. It knows neither their source nor their meaning.
import { createParser } from 'eventsource-parser';

export interface HubMessage {
  /** `status`, `event`, `gates`, `canary`, or a type of a newer Hub; `undefined` for a heartbeat. */
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
