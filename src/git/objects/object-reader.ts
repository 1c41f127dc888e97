// Reads git objects by id through one long-lived batch process. Restarts it when it dies, and once more before it
// reports a missing object: after a gc or repack, an old process may still use packs that are gone.
import { asStkError, StkError } from '../../kernel/errors.ts';
import { BatchProcess, type BatchAnswer, type BatchEnd, type BatchRequest } from './batch-process.ts';
import { describeGitFailure, quote } from '../process/git-failure.ts';
import { startFailure } from '../process/start-git.ts';

export type ObjectType = 'blob' | 'tree' | 'commit';

interface PendingRequest extends BatchRequest {
  reject(error: Error): void;
  /** How often a process died while this request was first in its queue. */
  deaths: number;
}

export interface ObjectReaderOptions {
  readonly gitDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** An object is missing or damaged. */
  readonly onDamage?: () => void;
}

export class ObjectReader {
  readonly #options: ObjectReaderOptions;
  #process: BatchProcess | undefined;
  readonly #running = new Set<BatchProcess>();
  #isClosed = false;

  constructor(options: ObjectReaderOptions) {
    this.#options = options;
  }

  /**
   * The bytes of an object. Throws `too-large` above `limit` bytes (before reading them), `git-corrupt` when it is
   * missing, damaged or of another type.
   */
  async read(id: string, type: ObjectType, limit: number): Promise<Buffer> {
    const info = await this.#ask('info', id);
    if (info.kind === 'missing') throw this.#damaged(id, `the ${type} ${id} is missing`);
    if (info.type !== type) throw this.#damaged(id, `${id} is a ${info.type} where a ${type} belongs`);
    if (info.size > limit) {
      throw new StkError('too-large', `The ${type} ${id} has ${info.size} bytes; the limit is ${limit}.`, {
        details: { object: id, size: info.size, limit },
      });
    }
    const contents = await this.#ask('contents', id);
    if (contents.kind === 'missing' || contents.bytes === undefined) {
      throw this.#damaged(id, `the ${type} ${id} is missing`);
    }
    return contents.bytes;
  }

  /** Type and bytes of an object; `undefined` when it does not exist. */
  async inspect(id: string): Promise<{ readonly type: string; readonly size: number } | undefined> {
    const info = await this.#ask('info', id);
    return info.kind === 'missing' ? undefined : { type: info.type, size: info.size };
  }

  /** Ends the process; pending reads fail with `shutting-down`. */
  close(): void {
    this.#isClosed = true;
    this.#process = undefined;
    for (const process of this.#running) process.kill();
  }

  async #ask(verb: 'info' | 'contents', id: string): Promise<BatchAnswer> {
    if (!/^[0-9a-f]{40}$/.test(id)) throw this.#damaged(id, `"${id}" is not an object id`);
    const first = await this.#send(verb, id);
    if (first.kind !== 'missing') return first;
    this.restart();
    return this.#send(verb, id);
  }

  /** The next read starts another process. */
  restart(): void {
    this.#process?.finish();
    this.#process = undefined;
  }

  #send(verb: 'info' | 'contents', object: string): Promise<BatchAnswer> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ verb, object, settle: resolve, reject, deaths: 0 });
    });
  }

  #enqueue(request: PendingRequest): void {
    if (this.#isClosed) {
      request.reject(new StkError('shutting-down', 'The config repo has been closed.'));
      return;
    }
    try {
      this.#process ??= this.#start();
    } catch (error) {
      request.reject(asStkError(error));
      return;
    }
    this.#process.send(request);
  }

  #start(): BatchProcess {
    const process = new BatchProcess({
      ...this.#options,
      onEnd: (end) => {
        this.#running.delete(process);
        if (this.#process === process) this.#process = undefined;
        this.#recover(end);
      },
    });
    this.#running.add(process);
    return process;
  }

  // Answers come in order, so a process that died did so on the oldest unanswered request. That request gets a second
  // chance; later ones are not to blame.
  #recover(end: BatchEnd): void {
    const pending = end.unanswered.filter((request): request is PendingRequest => 'reject' in request);
    pending.forEach((request, index) => {
      if (index === 0) request.deaths += 1;
      if (request.deaths < 2) this.#enqueue(request);
      else request.reject(this.#deathOf(request.object, end));
    });
  }

  #deathOf(object: string, end: BatchEnd): StkError {
    if (end.error !== undefined) return startFailure(end.error, this.#options.gitDirectory);
    const said = describeGitFailure({
      command: 'cat-file',
      exitCode: undefined,
      stderr: end.stderr,
      directory: this.#options.gitDirectory,
    });
    if (said.code === 'git-corrupt') this.#options.onDamage?.();
    return end.stderr === '' || said.code !== 'git-failed' ? said : this.#damaged(object, end.stderr.trim());
  }

  #damaged(object: string, what: string): StkError {
    this.#options.onDamage?.();
    return new StkError('git-corrupt', `The repository ${this.#options.gitDirectory} is damaged: ${what}.`, {
      hint: `See what is damaged: git -C ${quote(this.#options.gitDirectory)} fsck`,
      details: { object },
    });
  }
}
