// One request to the API of a forge, with bounded retries: after a rate limit as the forge requests, after an error of
// the forge or network with growing pauses. Its messages contain no header, no token and no text of network errors.
import type { Clock } from '../kernel/clock.ts';
import { StkError } from '../kernel/errors.ts';
import { readMember } from './read-answer.ts';
import { readJson } from '../kernel/read-json.ts';

export interface ForgeAccess {
  /** `GitHub` or `GitLab`, for messages. */
  readonly name: string;
  /** The URL of the API. */
  readonly url: string;
  readonly project: string;
  readonly tokenFrom: string;
  readonly token: string | undefined;
  readonly clock: Clock;
  /** Milliseconds until an attempt without an answer ends. */
  readonly within?: number | undefined;
  /** Aborts when the answer is no longer needed. */
  readonly signal?: AbortSignal | undefined;
  headers(token: string): Readonly<Record<string, string>>;
}

export interface ForgeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  /** With its query; appended to the URL of the API. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Whether an error answer is expected here. */
  isExpected?(answer: ForgeAnswer): boolean;
}

export interface ForgeAnswer {
  readonly status: number;
  readonly json: unknown;
}

const mostAttempts = 4;
/** Default milliseconds for one attempt, and the longest pause that a rate limit may request. */
const withinByDefault = 10_000;
const longestPause = 60_000;
const mostBytes = 8 * 1024 * 1024;

type ForgeAttempt =
  | { readonly kind: 'answered'; readonly answer: ForgeAnswer }
  /** `pause`: milliseconds that the forge requests; `undefined` when it requests none. */
  | { readonly kind: 'failed'; readonly problem: string; readonly pause: number | undefined };

export async function askForge(access: ForgeAccess, request: ForgeRequest): Promise<ForgeAnswer> {
  const { name, clock, signal } = access;
  const token = requireToken(access);
  let problem = '';
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const outcome = await tryOnce(access, request, token);
    if (outcome.kind === 'answered') return judge(access, request, { token, answer: outcome.answer });
    problem = outcome.problem;
    const pause = outcome.pause ?? 1000 * 2 ** (attempt - 1) * (0.5 + clock.random());
    if (pause > longestPause || attempt === mostAttempts || signal?.aborted === true) break;
    await clock.sleep(pause, signal);
  }
  throw new StkError('forge-unavailable', `${name} ${problem}`, {
    hint: 'Try again later; what is pushed stays pushed.',
  });
}

function requireToken({ token, tokenFrom }: ForgeAccess): string {
  if (token === undefined || token === '')
    throw new StkError('secret-unset', `the environment variable ${tokenFrom} is not set`, {
      hint: `Set ${tokenFrom} to a token of the forge (stk.yaml: forge.tokenFrom).`,
    });
  // The error of fetch would contain the value.
  if (/^[\u0021-\u007e]+$/.test(token)) return token;
  throw new StkError(
    'forge-refused',
    `${tokenFrom} contains characters that no token has, such as a line break`,
  );
}

async function tryOnce(access: ForgeAccess, request: ForgeRequest, token: string): Promise<ForgeAttempt> {
  const { url, clock, signal, within = withinByDefault } = access;
  const limit = AbortSignal.timeout(within);
  const isJson = request.body !== undefined;
  try {
    const response = await fetch(`${url}${request.path}`, {
      method: request.method,
      headers: {
        'user-agent': 'stk',
        ...access.headers(token),
        ...(isJson ? { 'content-type': 'application/json' } : {}),
      },
      ...(isJson ? { body: JSON.stringify(request.body) } : {}),
      redirect: 'manual',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    const { status, headers } = response;
    const text = await readText(response);
    if (isLimited(status, headers)) {
      const pause = pauseOf(headers, clock.now());
      const until = pause === undefined ? '' : ` for ${Math.ceil(pause / 1000)} s`;
      return { kind: 'failed', problem: `limits requests${until} (${status})`, pause };
    }
    if (status >= 500) return { kind: 'failed', problem: `answered ${status}`, pause: undefined };
    // An answer without JSON, such as a proxy's page, has no members.
    return { kind: 'answered', answer: { status, json: readJson(text) } };
  } catch (thrown) {
    return { kind: 'failed', problem: `gave no answer (${codeOf(thrown, within)})`, pause: undefined };
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > mostBytes) break;
    chunks.push(chunk);
  }
  return bytes > mostBytes ? '' : Buffer.concat(chunks).toString('utf8');
}

/** At its limit, GitHub answers 403 or 429, GitLab 429. */
function isLimited(status: number, headers: Headers): boolean {
  if (status === 429) return true;
  return status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0');
}

function pauseOf(headers: Headers, now: number): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const reset = headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset');
  const at = Number(reset ?? Number.NaN) * 1000;
  return Number.isFinite(at) ? Math.max(1000, at - now) : undefined;
}

function judge(
  { name, project, tokenFrom }: ForgeAccess,
  request: ForgeRequest,
  { token, answer }: { readonly token: string; readonly answer: ForgeAnswer },
): ForgeAnswer {
  const { status, json } = answer;
  if ((status >= 200 && status < 300) || request.isExpected?.(answer) === true) return answer;
  const said = sayAnswer(json).replaceAll(token, '***');
  if (status === 401)
    throw refused(`${name} does not accept the token in ${tokenFrom} (401): it is wrong, expired or revoked`);
  if (status === 403)
    throw refused(`${name} says that the token in ${tokenFrom} may not do this in ${project} (403)${said}`);
  if (status === 404)
    throw refused(
      `${name} does not show project ${project}, or this part of it, to the token in ${tokenFrom} (404)`,
    );
  if (status >= 300 && status < 400)
    throw refused(`${name} answered ${status}: ${project} has moved, and redirects are not followed`);
  throw refused(`${name} refused the request (${status})${said}`);
}

function refused(message: string): StkError {
  return new StkError('forge-refused', message, {
    hint: 'Correct the token, its rights, or `forge` in stk.yaml, then repeat.',
  });
}

/** The forge's explanation of an error: `message`, and GitHub's list `errors`. */
function sayAnswer(json: unknown): string {
  const errors = readMember(json, 'errors');
  const list = Array.isArray(errors) ? errors : [];
  const texts = [readMember(json, 'message'), readMember(json, 'error'), ...list.map(textOfError)]
    .flatMap((one) => (typeof one === 'string' ? [one] : Array.isArray(one) ? one.map(String) : []))
    .filter((text) => text !== '');
  const line = texts.join('; ').replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return line === '' ? '' : `: ${line.slice(0, 300)}`;
}

function textOfError(one: unknown): unknown {
  return typeof one === 'string' ? one : readMember(one, 'message');
}

/** Such as ECONNREFUSED. */
function codeOf(thrown: unknown, within: number): string {
  const name = readMember(thrown, 'name');
  if (name === 'TimeoutError' || name === 'AbortError') return `none within ${within / 1000} s`;
  const code = readMember(readMember(thrown, 'cause'), 'code');
  return typeof code === 'string' ? code : 'the connection failed';
}
