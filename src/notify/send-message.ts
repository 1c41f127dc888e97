// One attempt to send a message. Its failure message contains nothing of the URL, which is a secret: no host, no path,
// and no text of a network error.
import { isLoopback, parseUrl } from '../documents/project/judge-place.ts';
import type { FormattedMessage } from './format-message.ts';

export type SendOutcome =
  | { readonly kind: 'sent' }
  /** `problem`: the text after "was not delivered:". */
  | { readonly kind: 'failed'; readonly problem: string };

/** Milliseconds that one attempt may take. */
const within = 10_000;

/** `variable`: the name used for the URL in problems. `signal`: aborts when the Hub stops. */
export async function sendMessage(
  { contentType, body }: FormattedMessage,
  { url, variable, signal }: { url: string | undefined; variable: string; signal: AbortSignal },
): Promise<SendOutcome> {
  if (url === undefined || url === '') return failed(`${variable} is not set for this Hub`);
  const parsed = parseUrl(url);
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol) || parsed.username !== '')
    return failed(`${variable} does not contain a URL such as https://hooks.example.com/…`);
  if (parsed.protocol === 'http:' && !isLoopback(parsed.hostname))
    return failed(`the URL in ${variable} begins with http:, which is allowed only for loopback`);
  try {
    const response = await fetch(parsed, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(within)]),
    });
    await response.body?.cancel();
    if (response.ok) return { kind: 'sent' };
    const { status } = response;
    const isRedirect = status >= 300 && status < 400;
    return failed(`it answered ${status}${isRedirect ? ', and redirects are not followed' : ''}`);
  } catch (thrown) {
    return failed(`no answer (${codeOf(thrown)})`);
  }
}

function failed(problem: string): SendOutcome {
  return { kind: 'failed', problem };
}

/** Such as ECONNREFUSED or CERT_HAS_EXPIRED. */
function codeOf(thrown: unknown): string {
  const name = read(thrown, 'name');
  if (name === 'TimeoutError' || name === 'AbortError') return `no answer within ${within / 1000} s`;
  const code = read(read(thrown, 'cause'), 'code');
  return typeof code === 'string' ? code : 'the connection failed';
}

/** fetch's errors may come from another realm. */
function read(thrown: unknown, name: 'name' | 'cause' | 'code'): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined;
}
