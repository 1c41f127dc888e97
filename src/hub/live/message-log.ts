// The newest messages of the feed, by number, up to a limit. A reader that is further behind has lost some.

export interface FeedMessage {
  readonly event: 'status' | 'event' | 'gates' | 'canary';
  readonly environment: string;
  /** As it is sent. */
  readonly bytes: Buffer;
}

export interface MessageLimits {
  readonly messages: number;
  readonly bytes: number;
}

const defaultLimits: MessageLimits = { messages: 1_000, bytes: 8 * 1024 * 1024 };

export class MessageLog {
  readonly #limits: MessageLimits;
  #messages: FeedMessage[] = [];
  #bytes = 0;
  /** Number of the oldest kept message. */
  #first = 1;

  constructor(limits: MessageLimits = defaultLimits) {
    this.#limits = limits;
  }

  /** Number of the newest message; 0 before the first. */
  get newest(): number {
    return this.#first + this.#messages.length - 1;
  }

  /** `bytes` are made from the message's number. */
  add(message: Omit<FeedMessage, 'bytes'>, bytesOf: (number: number) => Buffer): void {
    const bytes = bytesOf(this.newest + 1);
    this.#messages.push({ ...message, bytes });
    this.#bytes += bytes.length;
    const { messages, bytes: most } = this.#limits;
    let surplus = 0;
    let rest = this.#bytes;
    // The newest stays, whatever its size.
    while (
      surplus < this.#messages.length - 1 &&
      (this.#messages.length - surplus > messages || rest > most)
    ) {
      rest -= this.#messages[surplus]?.bytes.length ?? 0;
      surplus += 1;
    }
    if (surplus === 0) return;
    this.#messages = this.#messages.slice(surplus);
    this.#bytes = rest;
    this.#first += surplus;
  }

  /** Whether every message after this number is still available. */
  reaches(number: number): boolean {
    return number >= this.#first - 1 && number <= this.newest;
  }

  /** `undefined` when there is no message with this number. */
  get(number: number): FeedMessage | undefined {
    return this.#messages[number - this.#first];
  }
}

/** A message in the format of an event stream. `data` is JSON, which has no line break. */
export function formatMessage(event: string, id: string, data: string): Buffer {
  return Buffer.from(`event: ${event}\nid: ${id}\ndata: ${data}\n\n`);
}
