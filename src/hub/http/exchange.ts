// One request and its answer: writes the headers of every answer, once. Does not decide about content.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { ErrorCode } from '../../kernel/errors.ts';
import type { ArmCounter } from '../../serving/arm-counter.ts';
import type { ActiveRelease } from '../../serving/serving-table.ts';
import { waitsForInvitation } from './invited-body.ts';
import { formatProblem, type Refusal, retryAfterOf, statusOf } from './refusal.ts';

const jsonType = 'application/json';
const linesType = 'application/x-ndjson';
const problemType = 'application/problem+json';
/** Bytes of a refused body that are still read, so that the client sees the answer. */
const drainLimit = 16 * 1024 * 1024;
const safeRequestId = /^[A-Za-z0-9._:-]{1,64}$/;

/** Ids that are unique for this Hub (48 random bits) and request (a counter), without a system call. */
export function createRequestIds(): (request: IncomingMessage) => string {
  const prefix = `${randomBytes(6).toString('hex')}-`;
  let count = 0;
  return (request) => {
    const given = request.headers['x-request-id'];
    if (typeof given === 'string' && safeRequestId.test(given)) return given;
    count += 1;
    return prefix + count.toString(36);
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Of `body`. */
  readonly bytes: number;
  /** The refusal, if the answer is one: some have additional headers. */
  readonly refusal?: Refusal;
  readonly headers?: readonly string[];
}

/** Called with every refusal that is sent. */
export type TellRefusal = (exchange: Exchange, refusal: Refusal) => void;

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  /** performance.now() at entry. */
  readonly startedAt: number;
  /** The path without the query. */
  readonly path: string;
  /** The served release for this request, read once; `undefined` when none exists, or it is not known yet. */
  active: ActiveRelease | undefined = undefined;
  environment: string | undefined = undefined;
  /**
   * Which release answers, when stk.yaml has a canary for the environment; `undefined` when it has none, or nothing was
   * chosen yet.
   */
  arm: 'stable' | 'canary' | undefined = undefined;
  /** Where the call is counted for the analysis of a canary; `undefined` for nowhere. */
  counted: { readonly counter: ArmCounter; readonly group: number } | undefined = undefined;
  /** A name that the serving release has; never a client's invention. */
  operation: string | undefined = undefined;
  /** The code of the refusal that was sent; `undefined` when none exists. */
  refusedWith: ErrorCode | undefined = undefined;
  /** PostgreSQL's code of a refusal; for the log. */
  sqlstate: string | undefined = undefined;
  /** Why the database cannot be used; for the log. */
  cause: string | undefined = undefined;
  /** The caller, from the token; for the log. */
  actor: string | undefined = undefined;
  /** An unexpected failure; for the log. */
  failure: unknown = undefined;
  readonly #tell: TellRefusal | undefined;
  #answeredAt: number | undefined = undefined;

  constructor(request: IncomingMessage, response: ServerResponse, id: string, tell?: TellRefusal) {
    this.request = request;
    this.response = response;
    this.id = id;
    this.#tell = tell;
    this.startedAt = performance.now();
    const url = request.url ?? '/';
    const query = url.indexOf('?');
    this.path = query === -1 ? url : url.slice(0, query);
  }

  /** False when nothing was sent yet, or the client disconnected before. */
  get isAnswered(): boolean {
    return this.#answeredAt !== undefined;
  }

  /** Seconds from entry to the answer, or until now. */
  get seconds(): number {
    return ((this.#answeredAt ?? performance.now()) - this.startedAt) / 1000;
  }

  /** Answers with JSON text. `headers`: name and value alternating. */
  sendJson(status: number, text: string, headers: readonly string[] = []): void {
    this.#send({ status, type: jsonType, body: text, bytes: Buffer.byteLength(text), headers });
  }

  /** Answers 304, which has no body. */
  sendNotModified(headers: readonly string[]): void {
    const { response, active } = this;
    if (response.headersSent || response.destroyed) return;
    this.#answeredAt = performance.now();
    const served =
      active === undefined
        ? []
        : ['Stk-Release', active.compiled.release.release, 'Stk-Revision', active.revision];
    response.writeHead(304, ['X-Request-Id', this.id, 'Cache-Control', 'no-store', ...served, ...headers]);
    response.end();
  }

  /** Answers with `{"result": …}` around JSON text. */
  sendResult(result: string): void {
    // Measured in parts, so that the whole is not built twice.
    const bytes = Buffer.byteLength(result) + 11;
    this.#send({ status: 200, type: jsonType, body: `{"result":${result}}`, bytes });
  }

  /** Answers with the refusal's problem document; adds the exchange's environment and release. */
  sendProblem(refusal: Refusal): void {
    this.refusedWith = refusal.code;
    this.#tell?.(this, refusal);
    if (isStillSending(this.request)) drain(this.request);
    const { active } = this;
    const body = formatProblem({
      environment: this.environment,
      operation: this.operation,
      ...refusal,
      release: refusal.release ?? active?.compiled.release.release,
      revision: refusal.revision ?? active?.revision,
    });
    const bytes = Buffer.byteLength(body);
    this.#send({ status: statusOf(refusal), type: problemType, body, bytes, refusal });
  }

  /** Answers with a text of another type. */
  sendText(status: number, type: string, text: string): void {
    this.#send({ status, type, body: text, bytes: Buffer.byteLength(text) });
  }

  /** Answers with one JSON value a line, as they arrive; a failure after the first cuts the connection and is thrown. */
  async sendLines(status: number, lines: AsyncIterable<unknown>): Promise<void> {
    const { request, response } = this;
    const iterator = lines[Symbol.asyncIterator]();
    // A failure before the first line is still a problem document.
    let next = await iterator.next();
    if (response.headersSent || response.destroyed) return;
    this.#answeredAt = performance.now();
    const duration = formatMilliseconds(this.#answeredAt - this.startedAt);
    response.writeHead(
      status,
      [
        ['Content-Type', linesType],
        ['X-Request-Id', this.id],
        ['Server-Timing', `total;dur=${duration}`],
        ['Cache-Control', 'no-store'],
        ['X-Content-Type-Options', 'nosniff'],
      ].flat(),
    );
    try {
      while (next.done !== true && request.method !== 'HEAD' && !response.destroyed) {
        if (!response.write(`${JSON.stringify(next.value)}\n`)) await drained(response);
        next = await iterator.next();
      }
      response.end();
    } catch (error) {
      response.destroy();
      throw error;
    } finally {
      await iterator.return?.();
    }
  }

  /** Sends only the head of an event stream. False when there is no receiver, or for HEAD, which is answered. */
  openEventStream(status: number): boolean {
    const { request, response } = this;
    if (response.headersSent || response.destroyed) return false;
    this.#answeredAt = performance.now();
    const duration = formatMilliseconds(this.#answeredAt - this.startedAt);
    response.writeHead(
      status,
      [
        ['Content-Type', 'text/event-stream'],
        ['X-Request-Id', this.id],
        ['Server-Timing', `total;dur=${duration}`],
        ['Cache-Control', 'no-store'],
        ['X-Content-Type-Options', 'nosniff'],
        // A buffering proxy would hold the messages back.
        ['X-Accel-Buffering', 'no'],
        // The Hub ends a stream when it stops, and nothing must keep the connection then.
        ['Connection', 'close'],
      ].flat(),
    );
    if (request.method !== 'HEAD') return true;
    response.end();
    return false;
  }

  #send(answer: Answer): void {
    const { request, response, active, arm } = this;
    if (response.headersSent || response.destroyed) return;
    if (!response.shouldKeepAlive && isStillSending(request)) {
      // The connection is closed after this answer; a client that still sends would get a broken pipe instead.
      response.statusCode = answer.status;
      request.once('end', () => this.#send(answer));
      request.resume();
      return;
    }
    const { status, type, body, bytes, refusal, headers: more = [] } = answer;
    this.#answeredAt = performance.now();
    const headers = [
      'Content-Type',
      type,
      'Content-Length',
      String(bytes),
      'X-Request-Id',
      this.id,
      'Server-Timing',
      `total;dur=${formatMilliseconds(this.#answeredAt - this.startedAt)}`,
    ];
    // No client stores or sniffs the answer to a POST of JSON; on every call, these two would cost more than they
    // protect.
    if (request.method !== 'POST')
      headers.push('Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff');
    if (active !== undefined)
      headers.push('Stk-Release', active.compiled.release.release, 'Stk-Revision', active.revision);
    if (arm !== undefined) headers.push('Stk-Arm', arm);
    if (refusal !== undefined) headers.push(...headersOf(refusal));
    if (more.length > 0) headers.push(...more);
    response.writeHead(status, headers);
    endInOneWrite(response, body);
  }
}

/** Reads and discards the rest of a refused request: up to a limit, then the connection is cut. */
function drain(request: IncomingMessage): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > drainLimit) request.destroy();
  });
  request.on('error', () => request.destroy());
}

/** Resolves when more may be written, or the reader is gone. */
async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/** Whether parts of a body are still expected. */
function isStillSending(request: IncomingMessage): boolean {
  const { complete, headers } = request;
  if (complete || waitsForInvitation(request)) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function headersOf(refusal: Refusal): readonly string[] {
  const seconds = retryAfterOf(refusal);
  const headers = refusal.headers ?? [];
  return seconds === undefined ? headers : [...headers, 'Retry-After', String(seconds)];
}

/** To the microsecond, from integers, because their digits are found much faster. */
function formatMilliseconds(ms: number): string {
  const micros = Math.round(ms * 1000);
  return `${Math.trunc(micros / 1000)}.${String(1000 + (micros % 1000)).slice(1)}`;
}

/**
 * `response.end(body)` gives the socket two pieces, the second one empty, which causes a gathering write that costs a
 * tenth of a short call. With our own cork, head and body are one piece.
 */
function endInOneWrite(response: ServerResponse, body: string): void {
  const { socket } = response;
  // No socket: an earlier request of this connection is answered first, and node keeps this answer until then.
  if (socket === null || socket.writableCorked > 0) {
    response.end(body);
    return;
  }
  socket.cork();
  response.write(body);
  socket.uncork();
  response.end();
}
