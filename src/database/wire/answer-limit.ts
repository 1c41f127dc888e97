// Limits how much of an answer is read: a row that no string can hold would end the process, and all rows of an answer
// are in memory at once.
import type { SqlError } from '../database.ts';

/** Most bytes of one row, and most characters of all rows of a call as JSON. */
export const mostAnswerBytes = 64 * 1024 * 1024;

/** PostgreSQL's error for an exceeded program limit. */
export const answerTooLarge: SqlError = {
  sqlstate: '54000',
  message: `the answer is larger than ${mostAnswerBytes} bytes`,
  detail: undefined,
  hint: undefined,
  position: undefined,
};

const dataRow = 0x44;

/** Follows the messages of a connection across chunks, and reports a row that is too large. */
export class RowGuard {
  readonly #onTooLarge: () => void;
  readonly #head = Buffer.alloc(5);
  #headBytes = 0;
  /** Remaining bytes of the current message. */
  #left = 0;

  constructor(onTooLarge: () => void) {
    this.#onTooLarge = onTooLarge;
  }

  read(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, chunk.length - at);
        this.#left -= step;
        at += step;
        continue;
      }
      const copied = chunk.copy(this.#head, this.#headBytes, at);
      this.#headBytes += copied;
      at += copied;
      if (this.#headBytes < this.#head.length) return;
      this.#headBytes = 0;
      this.#left = this.#head.readUInt32BE(1) - 4;
      if (this.#head[0] === dataRow && this.#left > mostAnswerBytes) this.#onTooLarge();
    }
  }
}
