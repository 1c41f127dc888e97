// One `git cat-file --batch-command --buffer` process: requests go in, answers come out in the same order. It only
// handles the wire format; object-reader.ts handles restarts and the meaning of answers.
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { readingEnvironment } from '../process/git-environment.ts';
import { startGit } from '../process/start-git.ts';

export type BatchAnswer =
  | {
      readonly kind: 'object';
      readonly id: string;
      readonly type: string;
      readonly size: number;
      readonly bytes: Buffer | undefined;
    }
  | { readonly kind: 'missing' };

export interface BatchRequest {
  readonly verb: 'info' | 'contents';
  /** An object id or a full ref name; no blanks or newlines. */
  readonly object: string;
  settle(answer: BatchAnswer): void;
}

export interface BatchEnd {
  /** Requests without an answer, oldest first. */
  readonly unanswered: readonly BatchRequest[];
  readonly error: Error | undefined;
  readonly stderr: string;
}

export interface BatchProcessOptions {
  readonly gitDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  onEnd(end: BatchEnd): void;
}

export class BatchProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: BatchRequest[] = [];
  #outbox: string[] = [];
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** The header of the content that is being received. */
  #receiving: { readonly id: string; readonly type: string; readonly size: number } | undefined;
  #stderr = '';
  #hasEnded = false;

  /** Throws `overloaded` when git cannot be started. */
  constructor(options: BatchProcessOptions) {
    this.#child = startGit(['cat-file', '--batch-command', '--buffer'], {
      cwd: options.gitDirectory,
      env: readingEnvironment(options.environment, options.gitDirectory),
    });
    const end = (error: Error | undefined): void => {
      if (this.#hasEnded) return;
      this.#hasEnded = true;
      options.onEnd({ unanswered: this.#waiting, error, stderr: this.#stderr });
    };
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#buffered += chunk.length;
      while (this.#takeAnswer());
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-16_384);
    });
    this.#child.stdin.on('error', () => this.#child.kill());
    this.#child.once('error', end);
    this.#child.once('close', () => end(undefined));
  }

  send(request: BatchRequest): void {
    this.#waiting.push(request);
    if (this.#outbox.length === 0) queueMicrotask(() => this.#flush());
    this.#outbox.push(`${request.verb} ${request.object}\n`);
  }

  /** Lets it answer pending requests and end. */
  finish(): void {
    this.#flush();
    this.#child.stdin.end();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #flush(): void {
    if (this.#outbox.length === 0 || !this.#child.stdin.writable) return;
    this.#child.stdin.write(`${this.#outbox.join('')}flush\n`);
    this.#outbox = [];
  }

  /** Reads one answer from the received data; `false` when more data is needed. */
  #takeAnswer(): boolean {
    if (this.#receiving !== undefined) {
      const { id, type, size } = this.#receiving;
      if (this.#buffered < size + 1) return false;
      const bytes = this.#take(size + 1).subarray(0, size);
      this.#receiving = undefined;
      this.#answer({ kind: 'object', id, type, size, bytes });
      return true;
    }
    const line = this.#takeLine();
    if (line === undefined) return false;
    const header = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(line);
    if (header?.[1] === undefined || header[2] === undefined) {
      this.#answer({ kind: 'missing' });
      return true;
    }
    const found = { id: header[1], type: header[2], size: Number(header[3]) };
    if (this.#waiting[0]?.verb === 'contents') this.#receiving = found;
    else this.#answer({ kind: 'object', ...found, bytes: undefined });
    return true;
  }

  #answer(answer: BatchAnswer): void {
    this.#waiting.shift()?.settle(answer);
  }

  #takeLine(): string | undefined {
    const first = this.#chunks[0];
    if (first === undefined) return undefined;
    let newline = first.indexOf(0x0a);
    if (newline === -1 && this.#chunks.length > 1) {
      const joined = Buffer.concat(this.#chunks);
      this.#chunks = [joined];
      newline = joined.indexOf(0x0a);
    }
    return newline === -1 ? undefined : this.#take(newline + 1).toString('utf8', 0, newline);
  }

  #take(length: number): Buffer {
    const first = this.#chunks[0];
    const whole = first !== undefined && first.length >= length ? first : Buffer.concat(this.#chunks);
    if (whole !== first) this.#chunks = [whole];
    this.#buffered -= length;
    const rest = whole.subarray(length);
    if (rest.length === 0) this.#chunks.shift();
    else this.#chunks[0] = rest;
    return whole.subarray(0, length);
  }
}
