// Requests to the Hub that served the page. Addresses are relative to the page, so that a proxy's path prefix is kept.
import { createParser } from 'eventsource-parser';
import type { Finding, Gate } from './answers.ts';

/** A refusal of the Hub (RFC 9457), or a missing answer (`code` is `no-answer`). */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string | undefined;
  readonly findings: readonly Finding[];
  readonly gates: readonly Gate[];
  readonly rollbackTargets: readonly string[];

  constructor(status: number, body: Partial<ProblemBody>) {
    super(body.detail ?? `The Hub answered ${status}.`);
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.hint = body.hint;
    this.findings = body.findings ?? [];
    this.gates = body.gates ?? [];
    this.rollbackTargets = body.rollbackTargets ?? [];
  }
}

interface ProblemBody {
  readonly detail: string;
  readonly code: string;
  readonly hint: string;
  readonly findings: readonly Finding[];
  readonly gates: readonly Gate[];
  readonly rollbackTargets: readonly string[];
}

const tokenKey = 'stk-token';

/** Kept for this tab only; it is sent in a header and never in an address. */
export function readToken(): string | null {
  return sessionStorage.getItem(tokenKey);
}

export function writeToken(token: string | null): void {
  if (token === null) sessionStorage.removeItem(tokenKey);
  else sessionStorage.setItem(tokenKey, token);
}

async function send(
  path: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> },
): Promise<Response> {
  const token = readToken();
  const headers = { ...init.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, cache: 'no-store' });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new Problem(0, { code: 'no-answer', detail: 'The Hub does not answer.' });
  }
  if (response.ok) return response;
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  throw new Problem(response.status, isJson ? ((await response.json()) as Partial<ProblemBody>) : {});
}

export async function get<T>(path: string): Promise<T> {
  return (await (await send(path, { headers: { accept: 'application/json' } })).json()) as T;
}

export async function write<T>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const hasBody = method === 'POST';
  const response = await send(path, {
    method,
    ...(hasBody ? { body: JSON.stringify(body ?? {}), headers: { 'content-type': 'application/json' } } : {}),
  });
  return (await response.json()) as T;
}

export async function text(path: string): Promise<string> {
  return (await send(path, {})).text();
}

/** One JSON value a line, as they arrive. */
export async function* lines<T>(path: string, signal: AbortSignal): AsyncGenerator<readonly T[]> {
  const { body } = await send(path, { signal });
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value = '' } = (await reader?.read()) ?? { done: true };
    const parts = (rest + value).split('\n');
    rest = done ? '' : (parts.pop() ?? '');
    yield parts.filter((part) => part !== '').map((part) => JSON.parse(part) as T);
    if (done) return;
  }
}

export interface Listener {
  onMessage(event: string, data: unknown): void;
  /** The stream is open, or lost: then it is opened again automatically. */
  onConnection(isOpen: boolean): void;
  /** The Hub refuses: it is not asked again. */
  onRefused(problem: Problem): void;
}

/** Milliseconds of messages that are read in one go: who scrolls does not wait for a commit that every environment reports. */
const longestTurn = 10;

/** Follows the Hub's events until the signal aborts. */
export async function follow(listener: Listener, signal: AbortSignal): Promise<void> {
  let after: string | undefined;
  while (!signal.aborted) {
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(after === undefined ? {} : { 'last-event-id': after }),
      };
      const { body } = await send('api/v1/events', { headers, signal });
      listener.onConnection(true);
      const parser = createParser({
        onEvent({ event = 'message', id, data }) {
          after = id ?? after;
          listener.onMessage(event, JSON.parse(data) as unknown);
        },
      });
      const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
      let turn = performance.now();
      for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
        parser.feed(next.value);
        if (document.hidden || performance.now() - turn < longestTurn) continue;
        await new Promise((resolve) => setTimeout(resolve, 0));
        turn = performance.now();
      }
    } catch (error) {
      if (error instanceof Problem && [401, 403].includes(error.status)) {
        listener.onRefused(error);
        return;
      }
    }
    if (signal.aborted) return;
    listener.onConnection(false);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
