// The release compiler: text of a release file in, a CompiledRelease or every problem of the file out. Keeps the
// thread or process that does the heavy work, one release at a time, and starts another in place of one that failed.
import { StkError } from '../model/errors.ts';
import type { DocumentProblem } from '../model/problem.ts';
import type { Release } from '../model/release.ts';
import type { Statement } from '../sql/statement.ts';
import {
  compileInHost,
  describeFailure,
  type Compilation,
  type CompileFailure,
  type CompileOutcome,
} from './compile-in-host.ts';
import type { CompileJob, CompilePurpose } from './compile-protocol.ts';
import { HostKilled, startProcess, startThread, type CompilerHost } from './compiler-host.ts';
import { readProcessTime, type LowPriority } from './lower-priority.ts';

/** Milliseconds that one release may take. A thousand operations take some two seconds. */
export const maxCompileTime = 30_000;
/**
 * Milliseconds that a background release may wait for a processor that nobody else wants; then it is begun again in a
 * process that takes its share. A machine without a moment to spare must not keep an operator from an answer.
 */
const idlePatience = 1_000;
/** Of that time, the part that it must have had a processor, not to count as starved. */
const leastShare = 0.1;
/**
 * Releases read before the first real one. A thread's come out of the Hub's start, so one must do; a process has idle time.
 * Its code gets little faster after some twenty, but the engine goes on translating for some sixty, and gives way to nobody
 * while it does.
 */
const warmUps = { thread: 1, process: 60 };
const shortHint = 'The machine is short of memory or time: give the Hub more, or try again.';

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
  /** One release at a time, in the order asked. Rejects after close(), and with `overloaded` when it was twice kept from work. */
  compile(request: CompileRequest): Promise<CompileOutcome>;
  /** The same problems, for a release that nobody means to serve from here: no validators come of it. */
  judge(request: CompileRequest): Promise<ReadOutcome>;
  /** The cheap part of it: parsed and its statements prepared, its input schemas not looked at. */
  read(request: CompileRequest): Promise<ReadOutcome>;
  /** Starts a host that was to start late, if none runs: the first release then finds it warm. */
  start(): void;
  /** Ends the host; what is being compiled rejects. */
  close(): Promise<void>;
}

export interface ReleaseCompilerOptions {
  /** Milliseconds; default {@link maxCompileTime}. */
  readonly maxTime?: number;
  /** When a background compiler gives up idle time; default {@link idlePatience} and {@link leastShare}. */
  readonly starvation?: { readonly everyMs: number; readonly leastShare: number };
  /** Start the host with the first release, not at once: for a compiler that may never be needed. */
  readonly startsLate?: boolean;
  /** Gives way to all other work, calls above all: for releases that nobody waits to be served. */
  readonly isBackground?: boolean;
}

export function createReleaseCompiler(options: ReleaseCompilerOptions = {}): ReleaseCompiler {
  return new HostedCompiler(options);
}

interface Host {
  readonly host: CompilerHost;
  /** Resolves when it can take a release; its start does not count as compile time. */
  readonly ready: Promise<{ readonly isIdle: boolean }>;
  /** By the keys that the host gave them. */
  readonly statements: Map<number, Statement>;
  readonly priority: 'normal' | LowPriority;
}

class HostedCompiler implements ReleaseCompiler {
  readonly #maxTime: number;
  readonly #isBackground: boolean;
  readonly #starvation: { readonly everyMs: number; readonly leastShare: number };
  #host: Host | undefined;
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
    if (!startsLate) this.#host = this.#start({ warmsUp: true });
  }

  start(): void {
    if (this.#closing.signal.aborted) return;
    try {
      this.#host ??= this.#start({ warmsUp: true });
    } catch {
      // The system has no process to give now. Whoever asks first tries again, and is told.
    }
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

  /** Whoever starts one only when there is work for it has no use for a warm-up. */
  #start({
    priority = this.#isBackground ? 'idle' : 'normal',
    warmsUp = false,
  }: { readonly priority?: Host['priority']; readonly warmsUp?: boolean } = {}): Host {
    const host =
      priority === 'normal'
        ? startThread(warmsUp ? warmUps.thread : 0)
        : startProcess(priority, warmsUp ? warmUps.process : 0);
    const ready = new Promise<{ readonly isIdle: boolean }>((resolve, reject) => {
      host.listen({
        take: (report) => {
          if (report.kind === 'ready') resolve(report);
        },
        fail: (error) => {
          if (this.#host?.host === host) this.#host = undefined;
          reject(error);
        },
      });
    });
    // Whoever compiles next meets the rejection; nobody may be waiting yet.
    ready.catch(() => undefined);
    host.unref();
    return { host, ready, statements: new Map(), priority };
  }

  async #run(request: CompileRequest, purpose: CompilePurpose): Promise<CompileOutcome> {
    const { text, file, id } = request;
    const work = { text, file, id, purpose };
    this.#closing.signal.throwIfAborted();
    let outcome = await this.#attempt((this.#host ??= this.#start()), work);
    if ('failed' in outcome && outcome.cause !== 'release') {
      const again = outcome.cause === 'starved' ? ({ priority: 'nice' } as const) : {};
      outcome = await this.#attempt((this.#host = this.#start(again)), work);
    }
    // Who comes later finds idle time again, maybe.
    if (this.#host?.priority === 'nice' && this.#waiting === 1) this.#drop();
    if (!('failed' in outcome)) return outcome;
    if (outcome.cause !== 'release') throw new StkError('overloaded', outcome.failed, { hint: shortHint });
    return { ok: false, problems: [{ file, line: 1, column: 1, pointer: '', message: outcome.failed }] };
  }

  /** A host that fails is ended. */
  async #attempt(
    { host, ready, statements }: Host,
    work: Omit<CompileJob, 'job'>,
  ): Promise<CompileOutcome | CompileFailure> {
    // Only a compile in progress keeps the process alive.
    host.ref();
    let isIdle: boolean;
    try {
      ({ isIdle } = await ready);
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      if (error instanceof HostKilled) return { failed: describeFailure(error), cause: 'killed' };
      throw new Error('the release compiler does not start', { cause: error });
    }
    this.#jobs += 1;
    const watch = isIdle && host.pid !== undefined ? this.#watch(host.pid) : undefined;
    const outcome = await compileInHost(
      { host, statements, maxTime: this.#maxTime, watch },
      { ...work, job: this.#jobs },
    );
    host.unref();
    if ('failed' in outcome) this.#drop(host);
    this.#closing.signal.throwIfAborted();
    return outcome;
  }

  /** Whether the process had a processor for its least share of the time since it was last asked. */
  #watch(pid: number): NonNullable<Compilation['watch']> {
    const { everyMs, leastShare: share } = this.#starvation;
    let before = readProcessTime(pid);
    return {
      everyMs,
      isStarved: () => {
        const now = readProcessTime(pid);
        const worked = now === undefined || before === undefined ? everyMs : now - before;
        before = now;
        return worked < everyMs * share;
      },
    };
  }

  /** Does not wait for its end: a starved process has no time for that either. */
  #drop(host = this.#host?.host): void {
    if (this.#host?.host === host) this.#host = undefined;
    if (host === undefined) return;
    const ended: Promise<unknown> = host.end().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}

function toRead(outcome: CompileOutcome): ReadOutcome {
  if (!outcome.ok) return outcome;
  const { release, digest, statements } = outcome.compiled;
  return { ok: true, checkable: { release, digest, statements } };
}
