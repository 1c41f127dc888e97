// Builds frontend messages of the PostgreSQL wire protocol (3.0, text format) in one buffer, so that a whole exchange
// is one write.

const initialBytes = 4096;
const mostKeptBytes = 64 * 1024;
/** The name of a statement that is used once. */
export const scratchStatement = 'stk_scratch';

/** Reusable: `take` returns the written bytes as a separate buffer and starts again. */
export class MessageWriter {
  #buffer = Buffer.allocUnsafe(initialBytes);
  #end = 0;

  parse(name: string, text: string): this {
    const start = this.#open(0x50);
    this.#cstring(name);
    this.#cstring(text);
    this.#int16(0);
    return this.#close(start);
  }

  describeStatement(name: string): this {
    const start = this.#open(0x44);
    this.#byte(0x53);
    this.#cstring(name);
    return this.#close(start);
  }

  closeStatement(name: string): this {
    const start = this.#open(0x43);
    this.#byte(0x53);
    this.#cstring(name);
    return this.#close(start);
  }

  /** Binds the unnamed portal; all values and result columns are text. */
  bind(statement: string, values: readonly (string | null)[]): this {
    const start = this.#open(0x42);
    this.#byte(0);
    this.#cstring(statement);
    this.#int16(0);
    this.#int16(values.length);
    for (const value of values) {
      if (value === null) this.#int32(-1);
      else this.#string(value);
    }
    this.#int16(0);
    return this.#close(start);
  }

  /** Executes the unnamed portal; `maxRows` 0 means no limit. */
  execute(maxRows: number): this {
    const start = this.#open(0x45);
    this.#byte(0);
    this.#int32(maxRows);
    return this.#close(start);
  }

  /** Parse, Bind and Execute of a text. Never as the unnamed statement: on PGlite that may belong to an outside session. */
  run(text: string, values: readonly (string | null)[] = []): this {
    return this.prepare(scratchStatement, text).bind(scratchStatement, values).execute(0);
  }

  /** Parse under a name that may be in use. */
  prepare(name: string, text: string): this {
    return this.closeStatement(name).parse(name, text);
  }

  query(text: string): this {
    const start = this.#open(0x51);
    this.#cstring(text);
    return this.#close(start);
  }

  sync(): this {
    return this.#close(this.#open(0x53));
  }

  flush(): this {
    return this.#close(this.#open(0x48));
  }

  take(): Buffer {
    const written = this.#buffer.subarray(0, this.#end);
    this.#end = 0;
    if (this.#buffer.length <= mostKeptBytes) return Buffer.from(written);
    // The session does not keep the memory of one large value.
    this.#buffer = Buffer.allocUnsafe(initialBytes);
    return written;
  }

  /** Writes the type byte and leaves room for the length; returns the position of the length. */
  #open(type: number): number {
    this.#byte(type);
    this.#reserve(4);
    this.#end += 4;
    return this.#end - 4;
  }

  #close(start: number): this {
    this.#buffer.writeInt32BE(this.#end - start, start);
    return this;
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#end] = value;
    this.#end += 1;
  }

  #int16(value: number): void {
    this.#reserve(2);
    this.#end = this.#buffer.writeUInt16BE(value, this.#end);
  }

  #int32(value: number): void {
    this.#reserve(4);
    this.#end = this.#buffer.writeInt32BE(value, this.#end);
  }

  #cstring(value: string): void {
    this.#reserve(value.length * 3 + 1);
    this.#end += this.#buffer.write(value, this.#end);
    this.#buffer[this.#end] = 0;
    this.#end += 1;
  }

  #string(value: string): void {
    this.#reserve(value.length * 3 + 4);
    const length = this.#buffer.write(value, this.#end + 4);
    this.#buffer.writeInt32BE(length, this.#end);
    this.#end += 4 + length;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#end + bytes));
    this.#buffer.copy(grown, 0, 0, this.#end);
    this.#buffer = grown;
  }
}
