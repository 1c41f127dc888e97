// The release compiler: text of a release file in, a CompiledRelease or every problem of the file out. The heavy work
// happens in a worker thread; the main thread evaluates the generated code a few operations at a time.
import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { DocumentProblem } from '../model/problem.ts';
import type { Operation, Release } from '../model/release.ts';
import { workerUrl } from '../model/worker-url.ts';
import type { Statement } from '../sql/statement.ts';
import { buildParameterValidator, buildValidator } from './build-validator.ts';
import type { CompiledPart, CompileJob, CompileReport } from './compile-protocol.ts';
import type { CompiledOperation, CompiledRelease } from './compiled-release.ts';
import { indexPermissions } from './permission-index.ts';

/** Milliseconds that one release may take. A thousand operations take some two seconds. */
export const maxCompileTime = 30_000;
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

export type CompileOutcome =
  | { readonly ok: true; readonly compiled: CompiledRelease }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

export interface ReleaseCompiler {
  /** One release at a time, in the order asked. Rejects only after close(). */
  compile(request: CompileRequest): Promise<CompileOutcome>;
  /** The cheap part of it: parsed and its statements prepared, its input schemas not looked at. */
  read(request: CompileRequest): Promise<ReadOutcome>;
  /** Ends the worker; what is being compiled rejects. */
  close(): Promise<void>;
}

export interface ReleaseCompilerOptions {
  /** Milliseconds; default {@link maxCompileTime}. */
  readonly maxTime?: number;
  /** Start the worker with the first release, not at once: for a compiler that may never be needed. */
  readonly startsLate?: boolean;
  /** Gives way to all other work, calls above all: for releases that nobody waits to be served. */
  readonly isBackground?: boolean;
}

export function createReleaseCompiler(options: ReleaseCompilerOptions = {}): ReleaseCompiler {
  return new WorkerCompiler(options);
}

interface CompileThread {
  readonly thread: Worker;
  readonly ready: Promise<void>;
}

class WorkerCompiler implements ReleaseCompiler {
  readonly #maxTime: number;
  readonly #startsLate: boolean;
  readonly #isBackground: boolean;
  #worker: CompileThread | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #jobs = 0;
  #closing = new AbortController();

  constructor({
    maxTime = maxCompileTime,
    startsLate = false,
    isBackground = false,
  }: ReleaseCompilerOptions) {
    this.#maxTime = maxTime;
    this.#startsLate = startsLate;
    this.#isBackground = isBackground;
    if (!startsLate) this.#worker = this.#start();
  }

  compile(request: CompileRequest): Promise<CompileOutcome> {
    return this.#queue(request, 'serve');
  }

  async read(request: CompileRequest): Promise<ReadOutcome> {
    const outcome = await this.#queue(request, 'check');
    if (!outcome.ok) return outcome;
    const { release, digest, statements } = outcome.compiled;
    return { ok: true, checkable: { release, digest, statements } };
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the release compiler is closed'));
    await this.#worker?.thread.terminate();
  }

  #queue(request: CompileRequest, purpose: CompileJob['purpose']): Promise<CompileOutcome> {
    const outcome = this.#last.then(() => this.#run(request, purpose));
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  /** Resolves when the worker is ready; its start does not count as compile time. */
  #start(): CompileThread {
    const worker = new Worker(workerUrl('compile-worker', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes, maxYoungGenerationSizeMb: youngMegabytes },
      // Whoever starts it late has work for it at once.
      workerData: { warmsUp: !this.#startsLate, isBackground: this.#isBackground },
    });
    const ready = new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
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
    return { thread: worker, ready };
  }

  async #run(request: CompileRequest, purpose: CompileJob['purpose']): Promise<CompileOutcome> {
    this.#closing.signal.throwIfAborted();
    this.#worker ??= this.#start();
    const { thread, ready } = this.#worker;
    // Only a compile in progress keeps the process alive.
    thread.ref();
    try {
      await ready;
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      throw new Error('the compile worker does not start', { cause: error });
    }
    this.#jobs += 1;
    const { text, file, id } = request;
    const outcome = await this.#exchange(thread, { job: this.#jobs, text, file, id, purpose });
    thread.unref();
    if (!('failed' in outcome)) return outcome;
    if (this.#worker?.thread === thread) this.#worker = undefined;
    await thread.terminate();
    this.#closing.signal.throwIfAborted();
    return { ok: false, problems: [{ file, line: 1, column: 1, pointer: '', message: outcome.failed }] };
  }

  #exchange(worker: Worker, job: CompileJob): Promise<CompileOutcome | { readonly failed: string }> {
    const operations = new Map<string, CompiledOperation>();
    const statements = new Map<string, Statement>();
    const sources = new Map<string, Operation>();
    return new Promise((resolve) => {
      const finish = (outcome: CompileOutcome | { readonly failed: string }): void => {
        clearTimeout(timer);
        worker.off('message', take).off('error', fail).off('exit', end);
        resolve(outcome);
      };
      const take = (report: CompileReport): void => {
        try {
          takeReport(report);
        } catch (thrown) {
          // Code that does not evaluate refuses its release; thrown on, it would end the process.
          fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
        }
        // Other work of the event loop comes first.
        if (report.kind !== 'ready') setImmediate(() => worker.postMessage('next'));
      };
      const takeReport = (report: CompileReport): void => {
        if (report.kind === 'ready' || report.job !== job.job) return;
        if (report.kind === 'problems') finish({ ok: false, problems: report.problems });
        if (report.kind === 'parts') {
          for (const part of report.parts) {
            sources.set(part.operation.name, part.operation);
            if (job.purpose === 'serve') operations.set(part.operation.name, finishOperation(part));
            if (part.statement !== undefined) statements.set(part.operation.name, part.statement);
          }
        }
        if (report.kind === 'done') {
          const { configJson, digest } = report;
          const release = { ...report.release, operations: sources };
          const isAllowed = indexPermissions(release.permissions, sources.keys());
          finish({ ok: true, compiled: { release, digest, operations, statements, configJson, isAllowed } });
        }
      };
      const fail = (error: Error): void =>
        finish({ failed: `the release could not be compiled: ${error.message}` });
      const end = (): void => finish({ failed: 'the release could not be compiled: its worker ended' });
      const timer = setTimeout(
        () =>
          finish({
            failed: `the release took longer than ${this.#maxTime} ms to compile: make it smaller or its schemas simpler`,
          }),
        this.#maxTime,
      );
      worker.on('message', take).on('error', fail).on('exit', end);
      worker.postMessage(job);
    });
  }
}

function finishOperation({ operation, statement, code }: CompiledPart): CompiledOperation {
  const { name } = operation;
  if (operation.kind === 'constant' || statement === undefined) {
    const validate = code === '' ? buildParameterValidator([]) : buildValidator(code);
    return {
      kind: 'constant',
      name,
      json: JSON.stringify(operation.kind === 'constant' ? operation.value : null),
      validate,
    };
  }
  const { text, parameters } = statement;
  return {
    kind: 'sql',
    name,
    statement: { name: nameStatement(text), text, mode: operation.mode },
    parameters,
    returns: operation.returns,
    validate: code === '' ? buildParameterValidator(parameters) : buildValidator(code),
  };
}

/** By its text alone: two releases that share a statement share what the server prepared. */
function nameStatement(text: string): string {
  return `stk_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}
