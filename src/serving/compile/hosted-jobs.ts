// Runs jobs of a release compiler outside the main thread. Keeps the thread or process while there is work: the first
// job starts it, idle time ends it, and a new one replaces a failed one.
import type { CheckOrder } from '../../model/check-order.ts';
import { StkError } from '../../kernel/errors.ts';
import type { DocumentProblem } from '../../model/problem.ts';
import type { Statement } from '../../sql/statement.ts';
import type { CompilePurpose, CompileReport, CompileWork } from './compile-protocol.ts';
import { HostKilled, startProcess, startThread, type CompilerHost } from './compiler-host.ts';
import { describeFailure, workInHost, type HostFailure } from './work-in-host.ts';

/** Milliseconds for compiling one release. A thousand operations take about two seconds. */
export const maxCompileTime = 30_000;
/** Milliseconds for a background compiler's check of one release against a database. The command line waits for a minute. */
const maxCheckTime = 50_000;
/** Milliseconds without a job until the host ends. */
const idleTime = 60_000;
const slowHint = 'Try again when the database answers faster, or when there are fewer calls.';
const lateHint =
  'Make the release smaller or its schemas simpler, or try again when the machine is less busy.';
const shortHint = 'The machine is short of memory or processor time: give the Hub more, or try again.';

export interface HostedJobsOptions {
  /** Milliseconds; default {@link maxCompileTime}. */
  readonly maxTime?: number;
  /** Milliseconds; default {@link maxCheckTime}. */
  readonly maxCheckTime?: number;
  /** Milliseconds; default {@link idleTime}. */
  readonly idleTime?: number;
  /** A process of low priority, for releases that nobody waits for. Default: a thread of this process. */
  readonly isBackground?: boolean;
  /** Environment variables, of which a background process gets those for database connections; default none. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

export type HostedRequest = Pick<CompileWork, 'text' | 'file' | 'id'>;

export interface Host {
  readonly host: CompilerHost;
  /** Resolves when it can take a release; its start does not count as compile time. */
  readonly ready: Promise<void>;
  /** By the host's keys. */
  readonly statements: Map<number, Statement>;
  /** How many jobs it was given. */
  jobs: number;
}

export interface Task<T extends object> {
  readonly purpose: CompilePurpose;
  readonly order?: CheckOrder;
  /** New for each host. */
  readonly collect: (host: Host) => (report: CompileReport) => T | undefined;
}

export interface RefusedTask {
  readonly ok: false;
  readonly problems: readonly DocumentProblem[];
}

export class HostedJobs {
  readonly #options: Required<HostedJobsOptions>;
  #host: Host | undefined;
  /** Resolves when the previous release is compiled. */
  #turn: Promise<void> = Promise.resolve();
  #jobs = 0;
  /** Jobs that are running in a host. */
  #running = 0;
  #idle: NodeJS.Timeout | undefined;
  readonly #ending = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(options: HostedJobsOptions) {
    this.#options = {
      maxTime: maxCompileTime,
      maxCheckTime,
      idleTime,
      isBackground: false,
      variables: {},
      ...options,
    };
  }

  /**
   * Compiles one release at a time, in the order of requests; checks run in parallel. Rejects after close(), with
   * `timeout` when time ran out, and with `overloaded` when the host was killed twice.
   */
  async run<T extends object>(request: HostedRequest, task: Task<T>): Promise<T | RefusedTask> {
    let outcome = await this.#attempt(request, task);
    if ('failed' in outcome && mayDoBetter(outcome)) outcome = await this.#attempt(request, task);
    if (!('failed' in outcome)) return outcome;
    const { failed, cause } = outcome;
    if (cause === 'slow') throw new StkError('timeout', failed, { hint: slowHint });
    // A process of low priority may have got no CPU time: the release is not to blame.
    if (cause === 'late' && this.#options.isBackground)
      throw new StkError('timeout', failed, { hint: lateHint });
    if (cause === 'killed') throw new StkError('overloaded', failed, { hint: shortHint });
    return {
      ok: false,
      problems: [{ file: request.file, line: 1, column: 1, pointer: '', message: failed }],
    };
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the release compiler is closed'));
    this.#drop();
    await Promise.all(this.#ending);
  }

  async #attempt<T extends object>(
    request: HostedRequest,
    task: Task<T>,
  ): Promise<T | (HostFailure & { readonly isFirst: boolean })> {
    const before = this.#turn;
    let endTurn = (): void => undefined;
    this.#turn = new Promise((resolve) => (endTurn = resolve));
    await before;
    this.#running += 1;
    clearTimeout(this.#idle);
    try {
      this.#closing.signal.throwIfAborted();
      const used = (this.#host ??= this.#start());
      // Only a running job keeps the process alive.
      used.host.ref();
      const outcome = await this.#work(used, request, { ...task, onRead: endTurn });
      this.#closing.signal.throwIfAborted();
      if (!('failed' in outcome)) return outcome;
      this.#drop(used.host);
      return { ...outcome, isFirst: used.jobs <= 1 };
    } finally {
      endTurn();
      this.#running -= 1;
      if (this.#running === 0) this.#rest();
    }
  }

  async #work<T extends object>(
    used: Host,
    { text, file, id }: HostedRequest,
    { collect, onRead, ...task }: Task<T> & { readonly onRead: () => void },
  ): Promise<T | HostFailure> {
    const { maxTime, maxCheckTime: maxWait } = this.#options;
    try {
      await used.ready;
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      if (error instanceof HostKilled) return { failed: describeFailure(error.message), cause: 'killed' };
      throw new Error('the release compiler does not start', { cause: error });
    }
    this.#jobs += 1;
    used.jobs += 1;
    const work = { host: used.host, maxTime, maxCheckTime: maxWait, onRead };
    return workInHost(work, { text, file, id, ...task, job: this.#jobs }, collect(used));
  }

  #start(): Host {
    const { isBackground, variables } = this.#options;
    const host = isBackground ? startProcess(variables) : startThread();
    const ready = new Promise<void>((resolve, reject) => {
      host.listen({
        take: ({ kind }) => {
          if (kind === 'ready') resolve();
        },
        fail: (error) => {
          if (this.#host?.host === host) this.#host = undefined;
          reject(error);
        },
      });
    });
    // The next job gets the rejection; perhaps nobody waits yet.
    ready.catch(() => undefined);
    return { host, ready, statements: new Map(), jobs: 0 };
  }

  /** Ends the host unless another job comes in time. */
  #rest(): void {
    this.#host?.host.unref();
    this.#idle = setTimeout(() => this.#drop(), this.#options.idleTime).unref();
  }

  #drop(host = this.#host?.host): void {
    clearTimeout(this.#idle);
    if (this.#host?.host === host) this.#host = undefined;
    if (host === undefined) return;
    const ended: Promise<unknown> = host.end().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}

/** In a new host. One that ended itself may have run out of memory because of earlier jobs. */
function mayDoBetter({ cause, isFirst }: HostFailure & { readonly isFirst: boolean }): boolean {
  return cause === 'killed' || (cause === 'ended' && !isFirst);
}
