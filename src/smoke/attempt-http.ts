// One attempt of a smoke test over the network. Follows no redirect, reads at most 1 MiB, and shows no secret.
import type { Json } from '../kernel/json.ts';
import type { SmokeHttp } from '../model/smoke.ts';
import { failed, type CallAttempt } from './attempt-call.ts';
import { judgeAnswer } from './judge-answer.ts';
import type { SavedValues } from './saved-values.ts';

/** Most bytes of an answer. */
export const mostAnswerBytes = 1024 * 1024;

export interface HttpAttempt {
  readonly saved: SavedValues;
  /** Value of an environment variable for a request to this URL; `undefined` when it is not set, or may not be used. */
  readonly secret: (name: string, url: string) => string | undefined;
  readonly signal: AbortSignal;
}

export async function attemptHttp(test: SmokeHttp, attempt: HttpAttempt): Promise<CallAttempt> {
  const target = attempt.saved.fillUrl(test.url);
  if ('unknown' in target)
    return failed({ expected: `a saved value "${target.unknown}"`, got: 'no earlier test saved one' });
  const secrets = new Map<string, string>();
  for (const [header, variable] of Object.entries(test.headersFrom)) {
    const value = attempt.secret(variable, target.url);
    if (value === undefined || value === '')
      return failed({ expected: `the variable ${variable}`, got: 'it is not set for this Hub' });
    secrets.set(header, value);
  }
  return hideSecrets(await ask(test, target.url, secrets, attempt), [...secrets.values()]);
}

async function ask(
  test: SmokeHttp,
  url: string,
  secrets: ReadonlyMap<string, string>,
  { saved, signal }: HttpAttempt,
): Promise<CallAttempt> {
  const { method, expect } = test;
  const wanted = expect.status === undefined ? 'status 200 to 299' : `status ${expect.status}`;
  const body = test.body === undefined ? undefined : saved.fill(test.body);
  let response: Response;
  let text: string | undefined;
  try {
    const headers = new Headers({ ...test.headers, ...Object.fromEntries(secrets) });
    if (body !== undefined && !headers.has('content-type'))
      headers.set('content-type', typeof body === 'string' ? 'text/plain' : 'application/json');
    const sent = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
    response = await fetch(url, { method, headers, body: sent, redirect: 'manual', signal });
    text = await readLimited(response);
  } catch (thrown) {
    return failed({ expected: wanted, got: `no answer: ${reasonOf(thrown)}` });
  }
  const { status } = response;
  if (text === undefined) return failed({ expected: `at most ${mostAnswerBytes} bytes`, got: 'more' });
  const isWanted = expect.status === undefined ? response.ok : status === expect.status;
  if (!isWanted) return failed({ expected: wanted, got: `status ${status}` });
  const answer = parse(text);
  const part = expect.body === undefined ? undefined : saved.fill(expect.body);
  const failure = judgeAnswer({ part, schema: expect.schema }, answer);
  return failure === undefined ? { kind: 'passed', answer } : failed(failure);
}

/** `undefined` when it is too long. */
async function readLimited({ body }: Response): Promise<string | undefined> {
  if (body === null) return '';
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.byteLength;
    if (size > mostAnswerBytes) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A body that is not JSON becomes a text. */
function parse(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function reasonOf(thrown: unknown): string {
  const name = read(thrown, 'name');
  if (name === 'AbortError' || name === 'TimeoutError') return 'none within the time limit';
  const cause = read(thrown, 'cause');
  // For several addresses, each has its own error, and the whole only has a code.
  const reasons = [read(cause, 'message'), read(cause, 'code'), read(thrown, 'message')];
  const said = reasons.find((reason) => typeof reason === 'string' && reason !== '');
  return typeof said === 'string' ? said : String(thrown);
}

/** fetch's errors may come from another realm. */
function read(thrown: unknown, name: 'name' | 'message' | 'cause' | 'code'): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined;
}

function hideSecrets(attempt: CallAttempt, secrets: readonly string[]): CallAttempt {
  if (attempt.kind === 'passed') return attempt;
  const hide = (text: string): string =>
    secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '[secret]'), text);
  const { expected, got } = attempt.failure;
  return failed({ expected: hide(expected), got: hide(got) });
}
