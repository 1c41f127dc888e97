// Reads a request's body within a limit and parses it as JSON. Trusts neither Content-Length nor an unknown type.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Json } from '../../kernel/json.ts';
import type { BodyBudget } from './body-budget.ts';
import { inviteBody } from './invited-body.ts';
import type { Refusal } from './refusal.ts';

export type BodyOutcome =
  { readonly kind: 'body'; readonly bytes: Buffer } | { readonly kind: 'refused'; readonly refusal: Refusal };

export type JsonOutcome =
  { readonly kind: 'json'; readonly value: Json } | { readonly kind: 'refused'; readonly refusal: Refusal };

const noRoom: BodyOutcome = {
  kind: 'refused',
  refusal: { code: 'overloaded', detail: 'The Hub is at its limit of bytes of requests.' },
};
const noBytes = Buffer.alloc(0);

export interface BodyLimits {
  /** Most bytes of one body. */
  readonly limit: number;
  /** For all bodies; held until the answer is sent. */
  readonly budget: BodyBudget;
}

/** Calls `done` once; never when the client disconnects before its body is complete: then nobody waits for an answer. */
export function readBody(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { limit, budget }: BodyLimits,
  done: (outcome: BodyOutcome) => void,
): void {
  const declared = request.headers['content-length'];
  if (declared !== undefined && Number(declared) > limit) {
    done(refuseSize(limit));
    return;
  }
  inviteBody({ request, response });
  // A short body has arrived when this turn ends: one read takes all of it, and costs less than a stream's events.
  process.nextTick(() => {
    const first = readWaiting(request);
    if (first === undefined || !request.complete)
      collect({ request, response }, { limit, budget, first }, done);
    else done(first.length > limit ? refuseSize(limit) : { kind: 'body', bytes: first });
  });
}

function readWaiting(request: IncomingMessage): Buffer | undefined {
  const bytes: unknown = request.read();
  return Buffer.isBuffer(bytes) ? bytes : undefined;
}

/** Collects what arrives after `first`. */
function collect(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { limit, budget, first: begun }: BodyLimits & { readonly first: Buffer | undefined },
  done: (outcome: BodyOutcome) => void,
): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let size = 0;
  let finished = false;
  /** Bytes taken from the budget. */
  let held = 0;
  const hold = (bytes: number): boolean => {
    if (!budget.take(bytes)) return false;
    if (held === 0) response.once('close', () => budget.give(held));
    held += bytes;
    return true;
  };
  const finish = (outcome: BodyOutcome): void => {
    if (finished) return;
    finished = true;
    done(outcome);
  };
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    if (finished) return;
    if (size > limit) finish(refuseSize(limit));
    else if (first === undefined) first = chunk;
    else if (hold(rest === undefined ? size : chunk.length)) (rest ??= [first]).push(chunk);
    else {
      rest = undefined;
      finish(noRoom);
    }
  };
  if (begun !== undefined) take(begun);
  request.on('data', take);
  request.on('end', () =>
    finish({ kind: 'body', bytes: rest === undefined ? (first ?? noBytes) : Buffer.concat(rest, size) }),
  );
}

/**
 * `undefined` when the body may be read. A missing type is refused too, because a form in a foreign page cannot send an
 * accepted one.
 */
export function refuseMediaType(request: IncomingMessage): Refusal | undefined {
  const type = request.headers['content-type'];
  const encoding = request.headers['content-encoding'];
  if (type === 'application/json' && encoding === undefined) return undefined;
  const [essence = '', ...parameters] = (type ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((p) => p.startsWith('charset='));
  const isJson = essence.trim() === 'application/json';
  const isUnicode = charset === undefined || /^charset="?utf-8"?$/.test(charset);
  if (isJson && isUnicode && (encoding === undefined || encoding === 'identity')) return undefined;
  return {
    code: 'unsupported-media-type',
    detail: 'The body must be UTF-8 JSON without an encoding.',
    hint: 'Send the header Content-Type: application/json.',
    headers: ['Accept', 'application/json'],
  };
}

/** Parses a body; `malformed` with the parser's position but not its excerpt. */
export function parseJson(bytes: Buffer, depth: number): JsonOutcome {
  const text = bytes.toString('utf8');
  // Invalid UTF-8 becomes U+FFFD; only a text with that character needs a check of its bytes.
  if (text.includes('\uFFFD') && !isUtf8(bytes)) return refuseJson('The body is not UTF-8.');
  let value: Json;
  try {
    const parsed: Json = JSON.parse(text);
    value = parsed;
  } catch (error) {
    return refuseJson(`The body is not JSON${placeOf(error)}.`);
  }
  if (bytes.length > depth && isDeeper(value, depth))
    return refuseJson(`The body is nested deeper than ${depth} levels.`);
  return { kind: 'json', value };
}

function isDeeper(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  for (const child of Object.values(value)) if (isDeeper(child, depth - 1)) return true;
  return false;
}

function placeOf(error: unknown): string {
  const place = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  return place === undefined ? '' : ` (position ${place})`;
}

function refuseJson(detail: string): JsonOutcome {
  return { kind: 'refused', refusal: { code: 'malformed', detail } };
}

function refuseSize(limit: number): BodyOutcome {
  return {
    kind: 'refused',
    refusal: { code: 'too-large', detail: `The body is larger than the limit of ${limit} bytes.` },
  };
}
