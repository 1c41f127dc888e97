// The one PGlite of a state directory: starts its worker thread, restarts it when it breaks or exceeds its limit, and
// lets one user at a time use it. Passes on the wire protocol's bytes without reading their meaning.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../kernel/clock.ts';
import { asStkError, StkError } from '../../kernel/errors.ts';
import { workerUrl } from '../../kernel/worker-url.ts';
import type { FromWorker, ToWorker } from './pglite-messages.ts';

export interface EmbeddedEngineOptions {
  readonly directory: string;
  readonly clock: Clock;
  /** Called after every start and every outside session: settings and prepared statements are gone. */
  readonly onReset: () => void;
}

interface Waiter {
  deadline: number;
  /** Its time limit pauses while the Hub itself creates a schema. */
  readonly isPatient: boolean;
  readonly go: () => void;
  readonly give: (reason: string) => void;
}

interface Running {
  readonly deadline: number;
  readonly reply: (bytes: Buffer) => void;
  readonly lost: (reason: EngineLoss, message: string) => void;
}

/** `overrun`: it was stopped because of its own time limit. */
export type EngineLoss = 'overrun' | 'lost';

const sweepEveryMs = 25;
const mostWaiting = 1_000;

export class EmbeddedEngine {
  readonly #options: EmbeddedEngineOptions;
  readonly #waiting: Waiter[] = [];
  readonly #stopping = new AbortController();
  #worker: Worker | undefined;
  #starting: Promise<void> | undefined;
  #running: Running | undefined;
  #isTaken = false;
  /** The Hub's own long work uses it: creating a schema, applying a file. */
  #isAtOwnWork = false;
  #sweeping = false;

  constructor(options: EmbeddedEngineOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the engine answers, which takes seconds the first time in a directory. Rejects with
   * `database-unavailable`.
   */
  start(): Promise<void> {
    this.#starting ??= this.#startWorker().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /**
   * Requests exclusive use of the engine; exactly one of `go` and `give` is called. `isPatient`: time in which the
   * engine is `holding` for somebody does not count. So a check of one environment outlasts the creation of another.
   */
  take(limitMs: number, go: () => void, give: (reason: string) => void, isPatient = false): void {
    if (this.#stopping.signal.aborted) return give('The embedded database is closed.');
    if (!this.#isTaken) {
      this.#isTaken = true;
      return go();
    }
    if (this.#waiting.length >= mostWaiting)
      return give(`${mostWaiting} calls wait for the embedded database already.`);
    this.#waiting.push({ deadline: this.#options.clock.now() + limitMs, isPatient, go, give });
    this.#sweep();
  }

  /** Passes it to the next waiter. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next.go();
  }

  /** Runs `work` with exclusive use of the engine; rejects with `database-unavailable` when the wait exceeds the limit. */
  async holding<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve, reject) => {
      this.take(limitMs, resolve, (reason) => reject(new StkError('database-unavailable', reason)));
    });
    const startedAt = this.#options.clock.now();
    this.#isAtOwnWork = true;
    try {
      return await work();
    } finally {
      this.#isAtOwnWork = false;
      const heldMs = this.#options.clock.now() - startedAt;
      for (const waiter of this.#waiting) if (waiter.isPatient) waiter.deadline += heldMs;
      this.release();
    }
  }

  /**
   * Runs one set of bytes; the caller holds the engine. A run over its limit stops the worker, which restarts
   * automatically.
   */
  run(bytes: Uint8Array, limitMs: number, on: Pick<Running, 'reply' | 'lost'>): void {
    this.start().then(
      () => {
        const worker = this.#worker;
        if (worker === undefined) return on.lost('lost', 'The embedded database stopped.');
        this.#running = { ...on, deadline: this.#options.clock.now() + limitMs };
        const message: ToWorker = { kind: 'run', bytes };
        worker.postMessage(message);
        if (limitMs < Number.POSITIVE_INFINITY) this.#sweep();
      },
      (error: unknown) => on.lost('lost', asStkError(error).message),
    );
  }

  /** Limits the current run, if any, from now on. */
  limitRunning(limitMs: number): void {
    if (this.#running === undefined) return;
    this.#running = { ...this.#running, deadline: this.#options.clock.now() + limitMs };
    this.#sweep();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    for (const waiter of this.#waiting.splice(0)) waiter.give('The embedded database is closed.');
    await this.#starting?.catch(() => undefined);
    const worker = this.#worker;
    if (worker === undefined) return;
    if (this.#running !== undefined) this.#drop('lost', 'The embedded database is closed.');
    this.#worker = undefined;
    const message: ToWorker = { kind: 'close' };
    const exited = once(worker, 'exit');
    worker.postMessage(message);
    const closing = new AbortController();
    await Promise.race([exited, this.#options.clock.sleep(3_000, closing.signal)]);
    closing.abort();
    await worker.terminate();
  }

  async #startWorker(): Promise<void> {
    const worker = new Worker(workerUrl('pglite-worker'), {
      workerData: { directory: this.#options.directory },
    });
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void =>
        reject(
          new StkError(
            'database-unavailable',
            `The embedded database in ${this.#options.directory} does not start: ${why}`,
          ),
        );
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') resolve();
        else this.#hear(worker, message);
      });
      worker.on('error', (error) => {
        fail(error.message);
        this.#end(worker, error.message);
      });
      worker.on('exit', () => {
        fail('its thread ended');
        this.#end(worker, 'The thread of the embedded database ended.');
      });
    });
    this.#worker = worker;
    this.#options.onReset();
  }

  #hear(worker: Worker, message: FromWorker): void {
    if (worker !== this.#worker) return;
    const running = this.#running;
    if (message.kind === 'reply') {
      this.#running = undefined;
      running?.reply(Buffer.from(message.bytes.buffer, message.bytes.byteOffset, message.bytes.byteLength));
    } else if (message.kind === 'broken') {
      this.#drop('lost', `The embedded database broke: ${message.message}`);
    }
  }

  #end(worker: Worker, message: string): void {
    if (worker === this.#worker) this.#drop('lost', message);
  }

  /** Gives the worker up; the next run starts another. */
  #drop(reason: EngineLoss, message: string): void {
    const running = this.#running;
    const worker = this.#worker;
    this.#running = undefined;
    this.#worker = undefined;
    this.#starting = worker
      ?.terminate()
      .then(() => (this.#stopping.signal.aborted ? undefined : this.#startWorker()));
    this.#starting?.catch(() => {
      this.#starting = undefined;
    });
    running?.lost(reason, message);
  }

  #sweep(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    void this.#sweepWhileNeeded();
  }

  async #sweepWhileNeeded(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (
      !signal.aborted &&
      (this.#waiting.length > 0 ||
        (this.#running !== undefined && this.#running.deadline < Number.POSITIVE_INFINITY))
    ) {
      await clock.sleep(sweepEveryMs, signal);
      const now = clock.now();
      const isOver = ({ deadline, isPatient }: Waiter): boolean =>
        deadline <= now && !(isPatient && this.#isAtOwnWork);
      for (const waiter of this.#waiting.filter(isOver)) {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        waiter.give(
          'The embedded database was not free in time: another call, a check or an outside session had it.',
        );
      }
      if (this.#running !== undefined && this.#running.deadline <= now) {
        this.#drop('overrun', 'canceling statement due to statement timeout');
      }
    }
    this.#sweeping = false;
  }
}
