// One open event stream: what it was sent, and whether it takes more. It never holds more than one socket buffer and one
// message of its own: it reads the common log at its own pace, and is dropped when the log has run past it.
import type { ServerResponse } from 'node:http';
import type { MessageLog } from './message-log.ts';

export interface ListenerStart {
  readonly response: ServerResponse;
  /** `undefined` means messages of every environment. */
  readonly environment: string | undefined;
  /** What is sent first. */
  readonly opening: readonly Buffer[];
  /** Number of the message after which the log is read. */
  readonly after: number;
}

export class FeedListener {
  readonly #start: ListenerStart;
  readonly #log: MessageLog;
  #sent = 0;
  #cursor: number;
  #isBlocked = false;
  /** It did not take a single byte since the last heartbeat. */
  #isLate = false;

  constructor(start: ListenerStart, log: MessageLog) {
    this.#start = start;
    this.#log = log;
    this.#cursor = start.after;
  }

  /** Writes what it has not got, as much as the socket takes. False: it has lost messages. */
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

  /** Says that the Hub is still there. False: the last one has not been taken yet. */
  beat(comment: Buffer): boolean {
    if (this.#isBlocked && this.#isLate) return false;
    this.#isLate = this.#isBlocked;
    if (!this.#isBlocked) this.#write(comment);
    return true;
  }

  /** Waits for nobody: who has not taken what was written is cut off. */
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
