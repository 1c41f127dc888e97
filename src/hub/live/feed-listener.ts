// One open event stream: what was sent, and whether it accepts more. It never holds more than one socket buffer and one
// message: it reads the common log at its own pace, and is dropped when it falls behind the log.
import type { ServerResponse } from 'node:http';
import type { MessageLog } from './message-log.ts';

export interface ListenerStart {
  readonly response: ServerResponse;
  /** `undefined` for messages of every environment. */
  readonly environment: string | undefined;
  /** Sent first. */
  readonly opening: readonly Buffer[];
  /** Number of the last message before the part of the log to read. */
  readonly after: number;
}

export class FeedListener {
  readonly #start: ListenerStart;
  readonly #log: MessageLog;
  #sent = 0;
  #cursor: number;
  #isBlocked = false;
  /** It did not read a single byte since the last heartbeat. */
  #isLate = false;

  constructor(start: ListenerStart, log: MessageLog) {
    this.#start = start;
    this.#log = log;
    this.#cursor = start.after;
  }

  /** Writes what is missing, as much as the socket accepts. False when messages were lost. */
  pump(): boolean {
    const { response, environment, opening } = this.#start;
    if (this.#isBlocked || response.destroyed) return this.#log.reaches(this.#cursor);
    response.cork();
    for (; !this.#isBlocked && this.#sent < opening.length; this.#sent += 1) this.#write(opening[this.#sent]);
    const { newest } = this.#log;
    while (!this.#isBlocked && this.#cursor < newest && this.#log.reaches(this.#cursor)) {
      this.#cursor += 1;
      const message = this.#log.get(this.#cursor);
      const isMeant = environment === undefined || message?.environment === environment;
      if (isMeant) this.#write(message?.bytes);
    }
    response.uncork();
    return this.#log.reaches(this.#cursor);
  }

  /** Sends a heartbeat. False when the last one has not been read yet. */
  beat(comment: Buffer): boolean {
    if (this.#isBlocked && this.#isLate) return false;
    this.#isLate = this.#isBlocked;
    if (!this.#isBlocked) this.#write(comment);
    return true;
  }

  /** Does not wait: a listener that has not read everything is cut off. */
  end(): void {
    const { response } = this.#start;
    if (response.writableLength > 0) response.destroy();
    else response.end();
  }

  #write(bytes: Buffer | undefined): void {
    const { response } = this.#start;
    if (bytes === undefined || response.write(bytes)) return;
    this.#isBlocked = true;
    response.once('drain', () => {
      this.#isBlocked = false;
      this.#isLate = false;
      if (!this.pump()) this.end();
    });
  }
}
