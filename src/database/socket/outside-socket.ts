// The Unix socket on which psql and migration tools reach the embedded database with PostgreSQL's protocol: one session
// at a time; its settings end with it.
import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import type { EmbeddedEngine } from '../embedded/embedded-engine.ts';
import { OutsideSession } from './outside-session.ts';
import { requireOwnFolder } from './own-folder.ts';
import { refuseSession } from './session-opening.ts';

export interface OutsideSocketOptions {
  readonly engine: EmbeddedEngine;
  readonly path: string;
}

export class OutsideSocket {
  readonly path: string;
  readonly #engine: EmbeddedEngine;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #session: OutsideSession | undefined;

  constructor({ engine, path }: OutsideSocketOptions) {
    this.path = path;
    this.#engine = engine;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  async listen(): Promise<void> {
    const folder = dirname(this.path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await requireOwnFolder(folder);
    await rm(this.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) =>
        reject(new StkError('database-unavailable', `Cannot listen on ${this.path}: ${error.message}.`)),
      );
      this.#server.listen(this.path, resolve);
    });
    await chmod(this.path, 0o600);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await this.#session?.ended;
    if (this.#server.listening) await closed;
    await rm(this.path, { force: true });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // `close` reports a broken pipe too.
    socket.on('error', () => socket.destroy());
    const session = new OutsideSession(socket, this.#engine, {
      claim: async () => {
        while (this.#session?.isGone === true) await this.#session.ended;
        if (this.#session !== undefined) return false;
        this.#session = session;
        return true;
      },
      free: () => {
        if (this.#session === session) this.#session = undefined;
      },
      refuse: refuseSession,
    });
  }
}
