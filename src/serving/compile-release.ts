// The release compiler: text of a release file in, a CompiledRelease or every problem of the file out. Keeps the worker
// thread that does the heavy work, one release at a time, and starts another in place of one that failed.
import { Worker } from 'node:worker_threads';
import type { DocumentProblem } from '../model/problem.ts';
import type { Release } from '../model/release.ts';
import { workerUrl } from '../model/worker-url.ts';
import type { Statement } from '../sql/statement.ts';
import {
  compileInThread,
  type CompileFailure,
  type CompileOutcome,
  type CompileThread as Watched,
} from './compile-in-thread.ts';
import type { CompileJob, CompilePurpose, CompileReport } from './compile-protocol.ts';
import { readThreadTime, type LowPriority } from './lower-thread-priority.ts';

/** Milliseconds that one release may take. A thousand operations take some two seconds. */
export const maxCompileTime = 30_000;
/**
 * Milliseconds that a background release may wait for a processor that nobody else wants; then it is begun again in a
 * thread that takes its share. A machine without a moment to spare must not keep an operator from an answer.
 */
const idlePatience = 3_000;
/** Of that time, the part that it must have had a processor, not to count as starved. */
const leastShare = 0.1;
const maxHeapMegabytes = 512;
/** Parsing makes much that is soon forgotten: with less room a quarter of the time goes into collecting it. */
const youngMegabytes = 64;

export interface CompileRequest {
  readonly text: string;
  /** Path in the repo, for the problems. */
  readonly file: string;
  /** The id that the file name gives. */
  readonly id: string;
  /** Object id of the file's blob. */
  readonly blob: string;
}

/** What a database can be asked about: a release without validators. */
export interface CheckableRelease {
  readonly release: Release;
  /** Hex digest of the release file's bytes. */
  readonly digest: string;
  /** Of every SQL operation, by name. */
  readonly statements: ReadonlyMap<string, Statement>;
}

export type ReadOutcome =
  | { readonly ok: true; readonly checkable: CheckableRelease }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

export interface ReleaseCompiler {
  /** One release at a time, in the order asked. Rejects only after close(). */
  compile(request: CompileRequest): Promise<CompileOutcome>;
  /** The same problems, for a release that nobody means to serve from here: no validators come of it. */
  judge(request: CompileRequest): Promise<ReadOutcome>;
  /** The cheap part of it: parsed and its statements prepared, its input schemas not looked at. */
  read(request: CompileRequest): Promise<ReadOutcome>;
  /** Starts a worker that was to start late, if none runs: the first release then finds it warm. */
  start(): void;
  /** Ends the worker; what is being compiled rejects. */
  close(): Promise<void>;
}

export interface ReleaseCompilerOptions {
  /** Milliseconds; default {@link maxCompileTime}. */
  readonly maxTime?: number;
  /** When a background compiler gives up idle time; default {@link idlePatience} and {@link leastShare}. */
  readonly starvation?: { readonly everyMs: number; readonly leastShare: number };
  /** Start the worker with the first release, not at once: for a compiler that may never be needed. */
  readonly startsLate?: boolean;
  /** Gives way to all other work, calls above all: for releases that nobody waits to be served. */
  readonly isBackground?: boolean;
}

type ThreadPriority = 'normal' | LowPriority;

export function createReleaseCompiler(options: ReleaseCompilerOptions = {}): ReleaseCompiler {
  return new WorkerCompiler(options);
}

interface CompileThread {
  readonly thread: Worker;
  /** Its number in the system, if it works only while nobody else wants the processor. */
  readonly ready: Promise<number | undefined>;
  /** By the keys that the worker gave them. */
  readonly statements: Map<number, Statement>;
  readonly priority: ThreadPriority;
}

class WorkerCompiler implements ReleaseCompiler {
  readonly #maxTime: number;
  readonly #isBackground: boolean;
  readonly #starvation: { readonly everyMs: number; readonly leastShare: number };
  #worker: CompileThread | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #jobs = 0;
  /** Releases that are asked for and not finished. */
  #waiting = 0;
  readonly #ending = new Set<Promise<unknown>>();
  #closing = new AbortController();

  constructor({
    maxTime = maxCompileTime,
    startsLate = false,
    isBackground = false,
    starvation = { everyMs: idlePatience, leastShare },
  }: ReleaseCompilerOptions) {
    this.#maxTime = maxTime;
    this.#isBackground = isBackground;
    this.#starvation = starvation;
    if (!startsLate) this.#worker = this.#start({ warmsUp: true });
  }

  start(): void {
    if (!this.#closing.signal.aborted) this.#worker ??= this.#start({ warmsUp: true });
  }

  compile(request: CompileRequest): Promise<CompileOutcome> {
    return this.#queue(request, 'serve');
  }

  async judge(request: CompileRequest): Promise<ReadOutcome> {
    return toRead(await this.#queue(request, 'judge'));
  }

  async read(request: CompileRequest): Promise<ReadOutcome> {
    return toRead(await this.#queue(request, 'read'));
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the release compiler is closed'));
    this.#drop();
    await Promise.all(this.#ending);
  }

  #queue(request: CompileRequest, purpose: CompilePurpose): Promise<CompileOutcome> {
    this.#waiting += 1;
    const outcome = this.#last
      .then(() => this.#run(request, purpose))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  /** Resolves when the worker is ready; its start does not count as compile time. */
  #start({
    priority = this.#isBackground ? 'idle' : 'normal',
    warmsUp = false,
  }: { readonly priority?: ThreadPriority; readonly warmsUp?: boolean } = {}): CompileThread {
    const worker = new Worker(workerUrl('compile-worker', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes, maxYoungGenerationSizeMb: youngMegabytes },
      workerData: { warmsUp, priority },
    });
    const ready = new Promise<number | undefined>((resolve, reject) => {
      worker.once('message', (report: CompileReport) =>
        resolve(report.kind === 'ready' ? report.idleThread : undefined),
      );
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the compile worker ended with code ${code}`)));
    });
    const forget = (): void => {
      if (this.#worker?.thread === worker) this.#worker = undefined;
    };
    worker.once('exit', forget);
    worker.once('error', forget);
    // Whoever compiles next meets the rejection; nobody may be waiting yet.
    ready.catch(forget);
    worker.unref();
    return { thread: worker, ready, statements: new Map(), priority };
  }

  async #run(request: CompileRequest, purpose: CompilePurpose): Promise<CompileOutcome> {
    const { text, file, id } = request;
    const work = { text, file, id, purpose };
    this.#closing.signal.throwIfAborted();
    // Whoever starts a thread only now has work for it at once.
    let outcome = await this.#attempt((this.#worker ??= this.#start()), work);
    if ('failed' in outcome && outcome.isStarved) {
      outcome = await this.#attempt((this.#worker = this.#start({ priority: 'nice' })), work);
    }
    // Who comes later finds idle time again, maybe.
    if (this.#worker?.priority === 'nice' && this.#waiting === 1) this.#drop();
    if (!('failed' in outcome)) return outcome;
    return { ok: false, problems: [{ file, line: 1, column: 1, pointer: '', message: outcome.failed }] };
  }

  /** A thread that fails is ended. */
  async #attempt(
    { thread, ready, statements }: CompileThread,
    work: Omit<CompileJob, 'job'>,
  ): Promise<CompileOutcome | CompileFailure> {
    // Only a compile in progress keeps the process alive.
    thread.ref();
    let idleThread: number | undefined;
    try {
      idleThread = await ready;
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      throw new Error('the compile worker does not start', { cause: error });
    }
    this.#jobs += 1;
    const watch = idleThread === undefined ? undefined : this.#watch(idleThread);
    const outcome = await compileInThread(
      { thread, statements, maxTime: this.#maxTime, watch },
      { ...work, job: this.#jobs },
    );
    thread.unref();
    if ('failed' in outcome) this.#drop(thread);
    this.#closing.signal.throwIfAborted();
    return outcome;
  }

  /** Whether the thread had a processor for its least share of the time since it was last asked. */
  #watch(thread: number): NonNullable<Watched['watch']> {
    const { everyMs, leastShare: share } = this.#starvation;
    let before = readThreadTime(thread);
    return {
      everyMs,
      isStarved: () => {
        const now = readThreadTime(thread);
        const worked = now === undefined || before === undefined ? everyMs : now - before;
        before = now;
        return worked < everyMs * share;
      },
    };
  }

  /** Does not wait for its end: a starved thread has no time for that either. */
  #drop(thread = this.#worker?.thread): void {
    if (this.#worker?.thread === thread) this.#worker = undefined;
    if (thread === undefined) return;
    const ended: Promise<unknown> = thread.terminate().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}

function toRead(outcome: CompileOutcome): ReadOutcome {
  if (!outcome.ok) return outcome;
  const { release, digest, statements } = outcome.compiled;
  return { ok: true, checkable: { release, digest, statements } };
}
