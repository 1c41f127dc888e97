// One outside session with the embedded database. States: startup → waiting for its place → open → ended. It holds the
// engine while it has an open transaction. When it ends, for any reason, the engine is rolled back and reset.
import type { Socket } from 'node:net';
import type { EmbeddedEngine } from '../embedded/embedded-engine.ts';
import {
  askingTypes,
  copyTypes,
  FrontendMessages,
  largestMessage,
  openings,
  terminate,
} from '../wire/frontend-messages.ts';
import { asksForRows, copyByParse, sendRows, withoutCopyIn } from './copy-in.ts';
import { lastStatus } from '../wire/reply-reader.ts';
import { askReadOnly, leaveNothing, readOpening, writeOpening } from './session-opening.ts';
import { readStartupMessage, type StartupMessage } from '../wire/startup-message.ts';

export interface SessionPlace {
  /** Whether this session may open; waits for one that is ending. */
  claim(): Promise<boolean>;
  free(): void;
  refuse(socket: Socket, sqlstate: string, message: string): void;
}

/** Time limit for a statement that still runs when the client is gone. */
const lastLimitMs = 5_000;
const tooLarge = `more than ${largestMessage} bytes at once`;
const noLimit = Number.POSITIVE_INFINITY;

export class OutsideSession {
  /** Resolves when nothing of the session is left in the engine. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #engine: EmbeddedEngine;
  readonly #place: SessionPlace;
  #isStarted = false;
  /** It is the one open session. */
  #isOpen = false;
  #holds = false;
  #busy = false;
  #isGone = false;
  /** The client sends rows; statement and rows go to the engine in one piece. */
  #isCopying = false;
  readonly #input = new FrontendMessages();
  #batch: Buffer[] = [];
  #batchBytes = 0;
  readonly #work: Buffer[] = [];
  #finish: () => void = () => undefined;

  constructor(socket: Socket, engine: EmbeddedEngine, place: SessionPlace) {
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
    if (this.#isGone) return;
    this.#input.add(chunk);
    this.#readOn();
  }

  /** Data sent before the session is open waits until it is. */
  #readOn(): void {
    while (!this.#isGone && (!this.#isStarted || this.#isOpen)) {
      const message = this.#input.next();
      if (message === undefined) return;
      if (message === 'too-large') return void this.#socket.destroy();
      if (this.#isStarted) this.#take(message);
      else this.#startUp(message);
    }
  }

  #startUp(message: Buffer): void {
    const code = message.length < 8 ? 0 : message.readInt32BE(4);
    if (code === openings.ssl || code === openings.gss) return void this.#socket.write('N');
    if (code === openings.cancel) return void this.#socket.end();
    this.#isStarted = true;
    this.#input.expectTypes();
    void this.#open(readStartupMessage(message.subarray(8)));
  }

  async #open(startup: StartupMessage): Promise<void> {
    const isMine = await this.#place.claim();
    if (!isMine) {
      this.#isGone = true;
      this.#finish();
      const reason = 'another outside session is connected; the embedded database allows one at a time';
      return this.#place.refuse(this.#socket, '53300', reason);
    }
    this.#isOpen = true;
    if (this.#isGone) return this.#leaveEngine();
    this.#opening = startup;
    this.#enqueue(writeOpening(startup));
    this.#readOn();
  }

  /** Set until the first exchange has answered. */
  #opening: StartupMessage | undefined;

  #take(message: Buffer): void {
    const [type = 0] = message;
    if (type === terminate) {
      this.#end();
      return void this.#socket.end();
    }
    if (this.#isCopying && !copyTypes.has(type)) return;
    const asked = this.#isCopying ? undefined : asksForRows(message);
    if (asked === 'parse') return this.#refuse('0A000', copyByParse);
    this.#batch.push(message);
    this.#batchBytes += message.length;
    if (this.#batchBytes > largestMessage) return this.#refuse('54000', tooLarge);
    if (asked === 'query') {
      this.#isCopying = true;
      this.#socket.write(sendRows);
      return;
    }
    if (!askingTypes.has(type)) return;
    const batch = Buffer.concat(this.#batch);
    this.#batch = [];
    this.#batchBytes = 0;
    this.#enqueue(batch);
  }

  #refuse(sqlstate: string, message: string): void {
    this.#place.refuse(this.#socket, sqlstate, message);
    this.#end();
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
      lost: (_reason, message) => this.#lose(message),
    });
  }

  #answer(reply: Buffer): void {
    this.#busy = false;
    if (this.#isGone) return this.#cleanUp();
    const opening = this.#opening;
    this.#opening = undefined;
    const wasCopying = this.#isCopying;
    this.#isCopying = false;
    if (opening === undefined) this.#socket.write(wasCopying ? withoutCopyIn(reply) : reply);
    else {
      const opened = readOpening(reply, opening);
      if (opened.kind === 'refused') return this.#refuse(opened.sqlstate, opened.message);
      this.#socket.write(opened.greeting);
    }
    if (lastStatus(reply) === 'I') this.#letGoUnlessReadOnly();
    else this.#runNext();
  }

  /**
   * A session that made its transactions read-only keeps the engine: otherwise a call's transaction would start
   * read-only too, and could not become writable.
   */
  #letGoUnlessReadOnly(): void {
    this.#busy = true;
    this.#engine.run(askReadOnly, lastLimitMs, {
      reply: (reply) => {
        this.#busy = false;
        if (this.#isGone) return this.#cleanUp();
        if (!reply.includes('read-only')) this.#letGo();
        this.#runNext();
      },
      lost: (_reason, message) => this.#lose(message),
    });
  }

  #lose(message: string): void {
    this.#busy = false;
    if (this.#isGone) return this.#leave();
    this.#letGo();
    this.#place.refuse(this.#socket, '57P02', message);
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
    // A running statement may finish, within a limit; its answer then starts the cleanup.
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

  /** Removes everything that the session set, prepared or left open. */
  #cleanUp(): void {
    this.#engine.run(leaveNothing, lastLimitMs, { reply: () => this.#leave(), lost: () => this.#leave() });
  }

  #leave(): void {
    this.#letGo();
    this.#place.free();
    this.#finish();
  }
}
