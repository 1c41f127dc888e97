// Jobs for a release compiler that works away from the main thread: keeps the thread or process that does the heavy work, one
// release at a time, and starts another in place of one that failed.
import type { CheckOrder } from '../../model/check-order.ts';
import { StkError } from '../../kernel/errors.ts';
import type { DocumentProblem } from '../../model/problem.ts';
import type { Statement } from '../../sql/statement.ts';
import type { CompilePurpose, CompileReport, CompileWork } from './compile-protocol.ts';
import { HostKilled, startProcess, startThread, type CompilerHost } from './compiler-host.ts';
import { readProcessTime, type LowPriority, type ProcessTime } from './lower-priority.ts';
import { describeFailure, workInHost, type HostFailure, type HostWatch } from './work-in-host.ts';

/** Milliseconds that one release may take. A thousand operations take some two seconds. */
export const maxCompileTime = 30_000;
/**
 * Milliseconds for what a background compiler asks a database about one release. Beside calls, five thousand statements take
 * some fifteen seconds; the command line waits for a minute.
 */
const maxCheckTime = 50_000;
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
const slowHint = 'Ask again when the database answers faster, or when fewer calls come.';
const shortHint = 'The machine is short of memory or time: give the Hub more, or try again.';

export interface HostedJobsOptions {
  /** Milliseconds; default {@link maxCompileTime}. */
  readonly maxTime?: number;
  /** Milliseconds; default {@link maxCheckTime}. */
  readonly maxCheckTime?: number;
  /** When a background compiler gives up idle time; default {@link idlePatience} and {@link leastShare}. */
  readonly starvation?: { readonly everyMs: number; readonly leastShare: number };
  /** Start the host with the first release, not at once: for a compiler that may never be needed. */
  readonly startsLate?: boolean;
  /** Gives way to all other work, calls above all: for releases that nobody waits to be served. */
  readonly isBackground?: boolean;
  /** Environment variables, of which a background process gets what it takes to connect to a database; default: none. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

export type HostedRequest = Pick<CompileWork, 'text' | 'file' | 'id'>;

export interface Host {
  readonly host: CompilerHost;
  /** Resolves when it can take a release; its start does not count as compile time. */
  readonly ready: Promise<{ readonly isIdle: boolean }>;
  /** By the keys that the host gave them. */
  readonly statements: Map<number, Statement>;
  readonly priority: 'normal' | LowPriority;
  /** Jobs that it was given. */
  jobs: number;
}

export interface Task<T extends object> {
  readonly purpose: CompilePurpose;
  readonly order?: CheckOrder;
  /** For each host anew. */
  readonly collect: (host: Host) => (report: CompileReport) => T | undefined;
}

export interface Refused {
  readonly ok: false;
  readonly problems: readonly DocumentProblem[];
}

export class HostedJobs {
  readonly #maxTime: number;
  readonly #maxCheckTime: number;
  readonly #isBackground: boolean;
  readonly #variables: Readonly<Record<string, string | undefined>>;
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
    maxCheckTime: checkTime = maxCheckTime,
    startsLate = false,
    isBackground = false,
    variables = {},
    starvation = { everyMs: idlePatience, leastShare },
  }: HostedJobsOptions) {
    this.#maxTime = maxTime;
    this.#maxCheckTime = checkTime;
    this.#isBackground = isBackground;
    this.#variables = variables;
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

  /** One at a time, in the order asked. Rejects after close(), and with `overloaded` when it was twice kept from work. */
  run<T extends object>(request: HostedRequest, task: Task<T>): Promise<T | Refused> {
    this.#waiting += 1;
    const outcome = this.#last
      .then(() => this.#run(request, task))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the release compiler is closed'));
    this.#drop();
    await Promise.all(this.#ending);
  }

  /** Whoever starts one only when there is work for it has no use for a warm-up. */
  #start({
    priority = this.#isBackground ? 'idle' : 'normal',
    warmsUp = false,
  }: { readonly priority?: Host['priority']; readonly warmsUp?: boolean } = {}): Host {
    const host =
      priority === 'normal'
        ? startThread(warmsUp ? warmUps.thread : 0)
        : startProcess(priority, warmsUp ? warmUps.process : 0, this.#variables);
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
    return { host, ready, statements: new Map(), priority, jobs: 0 };
  }

  async #run<T extends object>(request: HostedRequest, task: Task<T>): Promise<T | Refused> {
    const { file } = request;
    this.#closing.signal.throwIfAborted();
    const first = (this.#host ??= this.#start());
    let outcome = await this.#attempt(first, request, task);
    if ('failed' in outcome && mayDoBetter(outcome.cause, first)) {
      const again = outcome.cause === 'starved' ? ({ priority: 'nice' } as const) : {};
      outcome = await this.#attempt((this.#host = this.#start(again)), request, task);
    }
    // Who comes later finds idle time again, maybe.
    if (this.#host?.priority === 'nice' && this.#waiting === 1) this.#drop();
    if (!('failed' in outcome)) return outcome;
    const { failed, cause } = outcome;
    if (cause === 'slow') throw new StkError('timeout', failed, { hint: slowHint });
    if (cause === 'starved' || cause === 'killed')
      throw new StkError('overloaded', failed, { hint: shortHint });
    return { ok: false, problems: [{ file, line: 1, column: 1, pointer: '', message: failed }] };
  }

  /** A host that fails is ended. */
  async #attempt<T extends object>(
    used: Host,
    { text, file, id }: HostedRequest,
    { collect, ...task }: Task<T>,
  ): Promise<T | HostFailure> {
    const { host, ready } = used;
    // Only a compile in progress keeps the process alive.
    host.ref();
    let isIdle: boolean;
    try {
      ({ isIdle } = await ready);
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      if (error instanceof HostKilled) return { failed: describeFailure(error.message), cause: 'killed' };
      throw new Error('the release compiler does not start', { cause: error });
    }
    this.#jobs += 1;
    used.jobs += 1;
    const work: CompileWork = { text, file, id, ...task };
    const watch = host.pid === undefined ? undefined : this.#watch(host.pid, isIdle);
    const outcome = await workInHost(
      { host, maxTime: this.#maxTime, maxCheckTime: this.#maxCheckTime, watch },
      { ...work, job: this.#jobs },
      collect(used),
    );
    host.unref();
    if ('failed' in outcome) this.#drop(host);
    this.#closing.signal.throwIfAborted();
    return outcome;
  }

  /** By what the system tells of the process's own thread; where it tells nothing, it has all that it needs. */
  #watch(pid: number, isIdle: boolean): HostWatch {
    const { everyMs, leastShare: share } = this.#starvation;
    const begin = performance.now();
    const first = readProcessTime(pid);
    let before = { time: first, at: begin };
    const since = (): (ProcessTime & { readonly passed: number }) | undefined => {
      const { time: past, at } = before;
      before = { time: readProcessTime(pid), at: performance.now() };
      const { time: now } = before;
      if (now === undefined || past === undefined) return undefined;
      return { worked: now.worked - past.worked, waited: now.waited - past.waited, passed: before.at - at };
    };
    return {
      everyMs: isIdle ? everyMs : undefined,
      isStarved: () => (since()?.worked ?? everyMs) < everyMs * share,
      isKeptWaiting: () => {
        const { waited, passed } = since() ?? { waited: 0, passed: 0 };
        return waited > passed * (1 - share);
      },
      hadItsTime: () => {
        const now = readProcessTime(pid);
        if (now === undefined || first === undefined) return true;
        return now.worked - first.worked > (performance.now() - begin) / 2;
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

/** Another host. One that ended itself may have had too much in its memory of the jobs before. */
function mayDoBetter(cause: HostFailure['cause'], { jobs }: Host): boolean {
  return cause === 'starved' || cause === 'killed' || (cause === 'ended' && jobs > 1);
}
