// One request and its answer: the headers that every answer carries, written once. Decides nothing about content.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ActiveRelease } from '../serving/active-releases.ts';
import { formatProblem, type Refusal, retryAfterOf, statusOf } from './refusal.ts';

const jsonType = 'application/json';
const problemType = 'application/problem+json';
const safeRequestId = /^[A-Za-z0-9._:-]{1,64}$/;

/** Ids that are unique for this Hub (48 random bits) and request (a counter): no system call on the way. */
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

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  /** performance.now() at entry. */
  readonly startedAt: number;
  /** The path without the query. */
  readonly path: string;
  /** What is served where the request goes, taken once; undefined: nothing, or not known yet. */
  active: ActiveRelease | undefined = undefined;
  environment: string | undefined = undefined;
  /** A name that the serving release has; never what a client made up. */
  operation: string | undefined = undefined;
  /** The code of the refusal that was sent; undefined: none. */
  refusedWith: string | undefined = undefined;

  constructor(request: IncomingMessage, response: ServerResponse, id: string) {
    this.request = request;
    this.response = response;
    this.id = id;
    this.startedAt = performance.now();
    const url = request.url ?? '/';
    const query = url.indexOf('?');
    this.path = query === -1 ? url : url.slice(0, query);
  }

  /** Answers with JSON text. */
  sendJson(status: number, text: string): void {
    this.#send(status, jsonType, text);
  }

  /** Answers with the refusal's problem document; adds what the exchange knows of environment and release. */
  sendProblem(refusal: Refusal): void {
    this.refusedWith = refusal.code;
    const { active } = this;
    const body = formatProblem({
      environment: this.environment,
      operation: this.operation,
      ...refusal,
      release: refusal.release ?? active?.compiled.release.release,
      revision: refusal.revision ?? active?.revision,
    });
    const more = [...(refusal.headers ?? [])];
    const seconds = retryAfterOf(refusal);
    if (seconds !== undefined) more.push('Retry-After', String(seconds));
    this.#send(statusOf(refusal), problemType, body, more);
  }

  /** Answers with a text of another type. */
  sendText(status: number, type: string, text: string): void {
    this.#send(status, type, text);
  }

  #send(status: number, type: string, body: string, more: readonly string[] = []): void {
    const { response, active } = this;
    if (response.headersSent || response.destroyed) return;
    const headers = [
      'Content-Type',
      type,
      'Content-Length',
      String(Buffer.byteLength(body)),
      'X-Request-Id',
      this.id,
      'Server-Timing',
      `total;dur=${Math.round((performance.now() - this.startedAt) * 1000) / 1000}`,
      'Cache-Control',
      'no-store',
      'X-Content-Type-Options',
      'nosniff',
      ...more,
    ];
    if (active !== undefined)
      headers.push('Stk-Release', active.compiled.release.release, 'Stk-Revision', active.revision);
    response.writeHead(status, headers);
    response.end(body);
  }
}
