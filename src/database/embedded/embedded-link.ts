// The embedded engine as a Link, for the code that holds it: bytes out, replies read and passed to a handler.
import type { EmbeddedEngine } from './embedded-engine.ts';
import type { Link, ReplyHandler } from '../wire/link.ts';
import { readReplies } from '../wire/reply-reader.ts';

/** The engine as a Link for the code that holds it. Exceeding the limit is reported as PostgreSQL would: 57014. */
export class EmbeddedLink implements Link {
  readonly #engine: EmbeddedEngine;
  readonly #limitMs: number;
  #handler: ReplyHandler | undefined;

  constructor(engine: EmbeddedEngine, limitMs: number) {
    this.#engine = engine;
    this.#limitMs = limitMs;
  }

  exchange(bytes: Buffer, handler: ReplyHandler): void {
    this.#handler = handler;
    this.push(bytes);
  }

  push(bytes: Buffer): void {
    const handler = this.#handler;
    if (handler === undefined) return;
    this.#engine.run(bytes, this.#limitMs, {
      reply: (reply) => {
        if (readReplies(reply, handler) !== undefined) handler.ready();
      },
      lost: (reason, message) => {
        // Nothing more can be pushed: the session is gone.
        this.#handler = undefined;
        if (reason === 'lost') return handler.lost(message);
        const error = { sqlstate: '57014', message, detail: undefined, hint: undefined, position: undefined };
        handler.refused(error, false);
        handler.ready();
      },
    });
  }
}
