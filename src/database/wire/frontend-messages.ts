// Splits the bytes from a client into messages of the PostgreSQL wire protocol, across chunks. Does not interpret them.

/** Most bytes of one message, and of all messages before the server is asked to answer. */
export const largestMessage = 256 * 1024 * 1024;

/** Requests in a first message instead of a protocol version. */
export const openings = { cancel: 80877102, ssl: 80877103, gss: 80877104 } as const;
/** Messages after which the server answers: Query, Sync, Flush, FunctionCall, CopyDone, CopyFail. */
export const askingTypes: ReadonlySet<number> = new Set([0x51, 0x53, 0x48, 0x46, 0x63, 0x66]);
/** CopyData, CopyDone, CopyFail. */
export const copyTypes: ReadonlySet<number> = new Set([0x64, 0x63, 0x66]);
export const terminate = 0x58;

export class FrontendMessages {
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes needed until the next message is complete. */
  #wanted = 4;
  /** The first message of a connection has no type. */
  #typeBytes = 0;

  /** From now on every message begins with its type. */
  expectTypes(): void {
    this.#typeBytes = 1;
    this.#wanted = 5;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** The next complete message; `too-large` when its length is invalid. */
  next(): Buffer | 'too-large' | undefined {
    // Joined once there is enough: joining at each chunk would copy a large message a thousand times.
    if (this.#bytes < this.#wanted) return undefined;
    const input =
      this.#chunks.length === 1 ? (this.#chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#chunks);
    this.#chunks = [input];
    const head = this.#typeBytes + 4;
    const length = this.#typeBytes + input.readInt32BE(this.#typeBytes);
    if (length < head || length > largestMessage) return 'too-large';
    this.#wanted = length;
    if (input.length < length) return undefined;
    this.#chunks = [input.subarray(length)];
    this.#bytes -= length;
    this.#wanted = head;
    return input.subarray(0, length);
  }
}
