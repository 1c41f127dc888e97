// Interprets an answer of the Hub, or its absence: its body, the problem that it reports, or that the Hub is
// unreachable.
import { StkError } from '../../kernel/errors.ts';
import { NoAnswerInTime, type HttpAnswer } from './http-exchange.ts';
import { isNamedByOperator, type HubAddress } from './hub-address.ts';
import { readProblem } from './read-problem.ts';

export interface FailedRequest {
  readonly address: HubAddress;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Throws the problem that the Hub reports. */
export function bodyOf(answer: Omit<HttpAnswer, 'headers'>, address: HubAddress): unknown {
  const { status } = answer;
  const body = parseBody(answer.text);
  if (status >= 200 && status < 300) {
    if (body !== undefined) return body;
    throw notAHub(address, `its answer is not JSON`);
  }
  if (status >= 300 && status < 400)
    throw notAHub(address, `it redirects (${status}), which is not followed`);
  const isProblem = answer.contentType.includes('json') && body !== undefined;
  if (!isProblem && status === 404) throw notAHub(address, 'it answers 404');
  const problem = readProblem(status, body);
  if (problem.code !== 'unauthenticated') throw problem;
  const { message, details } = problem;
  throw new StkError('unauthenticated', message, { hint: adviseToken(address), details, cause: problem });
}

/** The Hub's hint is about headers; an operator uses variables. */
function adviseToken({ token, namedBy }: HubAddress): string {
  if (token !== undefined) return 'The Hub refused the token in STK_TOKEN; put another token there.';
  return isNamedByOperator(namedBy)
    ? 'Put a token into the variable STK_TOKEN.'
    : 'Put a token into the variable STK_TOKEN, and name the Hub with --hub, STK_HUB or STK_HUB_<ENVIRONMENT>: stk never sends it to an address from a file.';
}

/** `undefined` when it is not JSON. An empty body (202) is an empty object. */
function parseBody(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // what that means depends on the status: the caller converts it
  }
}

export function asUnavailable(error: unknown, asked: FailedRequest): StkError {
  if (error instanceof StkError) return error;
  const { address, signal } = asked;
  const isTimeout = error instanceof NoAnswerInTime;
  const why = isTimeout ? `no answer within ${asked.timeoutMs / 1000} s` : reasonOf(error);
  return new StkError('hub-unavailable', `the Hub at ${address.url} cannot be reached: ${why}`, {
    hint: `Start it (stk hub), or name the right one with --hub; ${address.url} comes from ${sourceOf(address)}.`,
    // A refused connection means that no program listens; other failures of a read may be temporary.
    details: {
      hub: address.url,
      again: !isTimeout && read(error, 'code') !== 'ECONNREFUSED' && !signal.aborted,
    },
    cause: error,
  });
}

function sourceOf(address: HubAddress): string {
  return address.namedBy === 'default' ? 'the default' : address.namedBy;
}

/** node's errors may come from another realm; an error for several addresses contains the others. */
function read(thrown: unknown, name: 'code' | 'message'): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined;
}

function reasonOf(error: unknown): string {
  const code = read(error, 'code');
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name does not resolve';
  const message = read(error, 'message');
  return typeof message === 'string' && message !== ''
    ? message
    : typeof code === 'string'
      ? code
      : 'no answer';
}

export function notAHub(address: HubAddress, why: string): StkError {
  return new StkError('hub-unavailable', `${address.url} does not look like a stk Hub: ${why}`, {
    hint: `Name the Hub with --hub; this address comes from ${sourceOf(address)}.`,
  });
}
