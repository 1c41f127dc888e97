// The messages of `GET /api/v1/events`, and their listeners. Sending waits for no listener: a slow one is dropped.
// status-feed.ts decides what the messages contain.
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../kernel/clock.ts';
import { createLetCallsIn } from '../../kernel/let-calls-in.ts';
import { FeedListener } from './feed-listener.ts';
import { type FeedMessage, formatMessage, MessageLog } from './message-log.ts';

export interface FeedLimits {
  /** Open streams. */
  readonly listeners: number;
  /** Milliseconds between two heartbeats. */
  readonly heartbeat: number;
}

export interface Listening {
  readonly response: ServerResponse;
  readonly environment: string | undefined;
  /** The header Last-Event-ID. */
  readonly lastEventId: string | undefined;
  /** Sent to a listener without a known id; `format` formats the message. */
  readonly opening: readonly { readonly event: FeedMessage['event']; readonly data: string }[];
  /** Called at every heartbeat: whether the caller may still listen. */
  isAllowed(): Promise<boolean>;
}

interface Open {
  readonly listener: FeedListener;
  readonly isAllowed: () => Promise<boolean>;
}

/** Milliseconds between two rounds of sending: many messages at once are one write for each listener. */
const pace = 20;
const heartbeat = Buffer.from(': heartbeat\n\n');

export class EventFeed {
  readonly #clock: Clock;
  readonly #limits: FeedLimits;
  /** Ids from another start of a Hub are not valid here. */
  readonly #epoch = randomBytes(6).toString('hex');
  readonly #onSize: (size: number) => void;
  readonly #log = new MessageLog();
  readonly #open = new Set<Open>();
  readonly #closing = new AbortController();
  #isDue = false;
  #sending: Promise<void> | undefined;
  #beating: Promise<void> | undefined;

  /** `onSize`: called when the number of listeners changes. */
  constructor(clock: Clock, limits: FeedLimits, onSize: (size: number) => void = () => undefined) {
    this.#clock = clock;
    this.#limits = limits;
    this.#onSize = onSize;
  }

  /** The number of listeners. */
  get size(): number {
    return this.#open.size;
  }

  /** Aborts when the Hub stops. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  get isFull(): boolean {
    return this.#open.size >= this.#limits.listeners || this.#closing.signal.aborted;
  }

  /** Queues a message without waiting. `data` is JSON. */
  publish(event: FeedMessage['event'], environment: string, data: string): void {
    this.#log.add({ event, environment }, (number) => formatMessage(event, this.#idOf(number), data));
    this.#isDue = true;
    this.#startSending();
  }

  /** Begins to send, headers included. The caller has checked that the feed is not full. */
  listen({ response, environment, lastEventId, opening, isAllowed }: Listening): void {
    const known = this.#numberOf(lastEventId);
    const { newest } = this.#log;
    // If it is interrupted in the opening, it starts again: only its last message has an id to resume from.
    const messages = opening.map(({ event, data }, index) =>
      formatMessage(event, this.#idOf(index === opening.length - 1 ? newest : 0), data),
    );
    const listener = new FeedListener(
      {
        response,
        environment,
        opening: [Buffer.from('retry: 1000\n\n'), ...(known === undefined ? messages : [])],
        after: known ?? newest,
      },
      this.#log,
    );
    const open = { listener, isAllowed };
    this.#open.add(open);
    this.#onSize(this.#open.size);
    response.on('close', () => {
      this.#open.delete(open);
      this.#onSize(this.#open.size);
    });
    listener.pump();
    this.#beating ??= this.#beat().finally(() => (this.#beating = undefined));
  }

  /** Ends every stream. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { listener } of this.#open) listener.end();
    await Promise.all([this.#sending, this.#beating]);
  }

  #startSending(): void {
    if (this.#open.size === 0 || this.#closing.signal.aborted) return;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
      // A message that came as the last round ended.
      if (this.#isDue) this.#startSending();
    });
  }

  async #send(): Promise<void> {
    const letCallsIn = createLetCallsIn();
    while (this.#isDue && !this.#closing.signal.aborted) {
      this.#isDue = false;
      for (const { listener } of this.#open) {
        if (!listener.pump()) listener.end();
        await letCallsIn();
      }
      await this.#clock.sleep(pace, this.#closing.signal);
    }
  }

  async #beat(): Promise<void> {
    const { signal } = this.#closing;
    const letCallsIn = createLetCallsIn();
    while (this.#open.size > 0 && !signal.aborted) {
      await this.#clock.sleep(this.#limits.heartbeat, signal);
      if (signal.aborted) return;
      for (const { listener, isAllowed } of this.#open) {
        if (!(await isAllowed())) listener.end();
        else if (!listener.beat(heartbeat)) listener.end();
        await letCallsIn();
      }
    }
  }

  #idOf(number: number): string {
    return `${this.#epoch}-${number}`;
  }

  /** `undefined` when it is no id to resume from. */
  #numberOf(id: string | undefined): number | undefined {
    const [, epoch, digits = ''] = /^([0-9a-f]{12})-([1-9]\d{0,14})$/.exec(id ?? '') ?? [];
    const number = Number(digits);
    return epoch === this.#epoch && this.#log.reaches(number) ? number : undefined;
  }
}
