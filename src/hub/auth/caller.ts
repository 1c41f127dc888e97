// The caller as the Hub knows it, and the answer of an authenticator.
import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from '../http/refusal.ts';

export interface Caller {
  readonly roles: readonly string[];
  /** The token's claims as JSON text, for `request.jwt.claims`; `undefined` when none exist. */
  readonly claims: string | undefined;
  /** The token's subject; `undefined` in open mode. */
  readonly subject: string | undefined;
}

export type Authentication =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface Authenticator {
  /** Returns a known answer directly (open mode, a token seen before), else a promise. Never throws or rejects. */
  authenticate(headers: IncomingHttpHeaders): Authentication | Promise<Authentication>;
}

/** A 401 that names the failed check, and no value of the token. */
export function refuseToken(detail: string, challenge: 'invalid_token' | undefined): Authentication {
  const error = challenge === undefined ? '' : `, error="${challenge}"`;
  return {
    kind: 'refused',
    refusal: {
      code: 'unauthenticated',
      detail,
      hint: 'Send Authorization: Bearer TOKEN with a token that the settings under auth: accept.',
      headers: ['WWW-Authenticate', `Bearer realm="stk"${error}`],
    },
  };
}
