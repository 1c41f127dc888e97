// One outside session with the embedded database. States: startup → waiting for its place → open → ended. While it has a
// transaction open it holds the engine; when it ends, however it ends, the engine is rolled back and reset.
import type { Socket } from 'node:net';
import type { EmbeddedEngine } from './embedded-engine.ts';
import { nameEmbeddedSchema } from './embedded-schema.ts';
import { MessageWriter } from './message-writer.ts';
import { lastStatus } from './reply-reader.ts';
import { quoteIdentifier } from './session-inspection.ts';

export interface Place {
  /** Whether this session may be the one; waits for one that is ending. */
  claim(): Promise<boolean>;
  free(): void;
  refuse(socket: Socket, sqlstate: string, message: string): void;
}

const sslRequest = 80877103;
const gssRequest = 80877104;
const cancelRequest = 80877102;
const largestMessage = 256 * 1024 * 1024;
/** Messages after which the server answers: Query, Sync, Flush, FunctionCall, CopyDone, CopyFail. */
const askingTypes = new Set([0x51, 0x53, 0x48, 0x46, 0x63, 0x66]);
const terminate = 0x58;
/** What still runs when the other side is gone gets this long. */
const lastLimitMs = 5_000;
const noLimit = Number.POSITIVE_INFINITY;

export class OutsideSession {
  /** Resolves when nothing of the session is left in the engine. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #engine: EmbeddedEngine;
  readonly #place: Place;
  #isStarted = false;
  /** It has the one place. */
  #isOpen = false;
  #holds = false;
  #busy = false;
  #isGone = false;
  #input: Buffer = Buffer.alloc(0);
  #batch: Buffer[] = [];
  readonly #work: Buffer[] = [];
  #finish: () => void = () => undefined;

  constructor(socket: Socket, engine: EmbeddedEngine, place: Place) {
    this.#socket = socket;
    this.#engine = engine;
    this.#place = place;
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.once('close', () => this.#end());
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  #read(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    while (!this.#isGone) {
      const head = this.#isStarted ? 1 : 0;
      if (this.#input.length < head + 4) return;
      const length = head + this.#input.readInt32BE(head);
      if (length < head + 4 || length > largestMessage) return void this.#socket.destroy();
      if (this.#input.length < length) return;
      const message = this.#input.subarray(0, length);
      this.#input = this.#input.subarray(length);
      if (this.#isStarted) this.#take(message);
      else this.#startUp(message);
    }
  }

  #startUp(message: Buffer): void {
    const code = message.length < 8 ? 0 : message.readInt32BE(4);
    if (code === sslRequest || code === gssRequest) return void this.#socket.write('N');
    if (code === cancelRequest) return void this.#socket.end();
    const parameters = readParameters(message.subarray(8));
    const environment = parameters.get('database') ?? parameters.get('user') ?? '';
    this.#isStarted = true;
    void this.#open(environment);
  }

  async #open(environment: string): Promise<void> {
    const isMine = await this.#place.claim();
    if (!isMine) {
      this.#isGone = true;
      this.#finish();
      const reason = 'another outside session is connected; the embedded database takes one at a time';
      return this.#place.refuse(this.#socket, '53300', reason);
    }
    this.#isOpen = true;
    if (this.#isGone) return this.#leaveEngine();
    const schema = nameEmbeddedSchema(environment).schema;
    const path = quoteIdentifier(schema);
    const known = `select 1/(count(*))::int from stk.environments where name = '${environment.replaceAll("'", "''")}'`;
    const setUp = new MessageWriter().query(`${known}; set search_path = ${path}`).take();
    this.#enqueue(setUp);
    this.#welcome = environment;
  }

  /** Set until the first exchange has answered. */
  #welcome: string | undefined;

  #take(message: Buffer): void {
    if (message[0] === terminate) {
      this.#end();
      return void this.#socket.end();
    }
    this.#batch.push(message);
    if (!askingTypes.has(message[0] ?? 0)) return;
    const batch = Buffer.concat(this.#batch);
    this.#batch = [];
    this.#enqueue(batch);
  }

  #enqueue(bytes: Buffer): void {
    this.#work.push(bytes);
    this.#runNext();
  }

  #runNext(): void {
    if (this.#busy) return;
    const next = this.#work.shift();
    if (next === undefined) return;
    this.#busy = true;
    if (this.#holds) return this.#run(next);
    this.#engine.take(
      noLimit,
      () => {
        this.#holds = true;
        this.#run(next);
      },
      () => {
        this.#busy = false;
        if (this.#isGone) this.#leave();
        else this.#socket.destroy();
      },
    );
  }

  #run(bytes: Buffer): void {
    if (this.#isGone) return this.#cleanUp();
    this.#engine.run(bytes, noLimit, {
      reply: (reply) => this.#answer(reply),
      lost: (_reason, message) => {
        this.#busy = false;
        if (this.#isGone) return this.#leave();
        this.#letGo();
        this.#place.refuse(this.#socket, '57P02', message);
      },
    });
  }

  #answer(reply: Buffer): void {
    this.#busy = false;
    if (this.#isGone) return this.#cleanUp();
    const environment = this.#welcome;
    this.#welcome = undefined;
    if (environment !== undefined && reply.includes('division by zero')) {
      this.#place.refuse(this.#socket, '3D000', `there is no embedded environment "${environment}"`);
      return this.#end();
    }
    this.#socket.write(environment === undefined ? reply : greeting);
    if (lastStatus(reply) === 'I') this.#letGo();
    this.#runNext();
  }

  #letGo(): void {
    if (!this.#holds) return;
    this.#holds = false;
    this.#engine.release();
  }

  #end(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#work.length = 0;
    if (!this.#isStarted) return this.#finish();
    if (this.#isOpen) this.#leaveEngine();
  }

  #leaveEngine(): void {
    // What runs is let finish, within a limit; its answer then cleans up.
    if (this.#busy) return this.#engine.limitRunning(lastLimitMs);
    if (this.#holds) return this.#cleanUp();
    this.#engine.take(
      noLimit,
      () => {
        this.#holds = true;
        this.#cleanUp();
      },
      () => this.#leave(),
    );
  }

  /** Nothing that the session set, prepared or left open stays. */
  #cleanUp(): void {
    const reset = new MessageWriter().sync().query('rollback').query('discard all').take();
    this.#engine.run(reset, lastLimitMs, { reply: () => this.#leave(), lost: () => this.#leave() });
  }

  #leave(): void {
    this.#letGo();
    this.#place.free();
    this.#finish();
  }
}

/** Ends a connection with a FATAL error. */
export function refuseSession(socket: Socket, sqlstate: string, message: string): void {
  const fields = [`SFATAL`, `VFATAL`, `C${sqlstate}`, `M${message}`].map((field) => `${field}\0`).join('');
  socket.end(frame('E', `${fields}\0`));
}

const status: Readonly<Record<string, string>> = {
  server_version: '18.0',
  server_encoding: 'UTF8',
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  integer_datetimes: 'on',
  standard_conforming_strings: 'on',
};

const greeting = Buffer.concat([
  frame('R', Buffer.alloc(4)),
  ...Object.entries(status).map(([name, value]) => frame('S', `${name}\0${value}\0`)),
  frame('K', Buffer.alloc(8)),
  frame('Z', 'I'),
]);

function frame(type: string, body: string | Buffer): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const message = Buffer.alloc(5 + bytes.length);
  message.write(type, 0, 'latin1');
  message.writeInt32BE(4 + bytes.length, 1);
  bytes.copy(message, 5);
  return message;
}

function readParameters(body: Buffer): Map<string, string> {
  const parts = body.toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let index = 0; index + 1 < parts.length; index += 2)
    parameters.set(parts[index] ?? '', parts[index + 1] ?? '');
  return parameters;
}
