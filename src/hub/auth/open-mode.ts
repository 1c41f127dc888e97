// Open mode: the caller names its one role. Only safe with the loopback and the admission's checks.
import type { IncomingHttpHeaders } from 'node:http';
import { isId } from '../../kernel/ids.ts';
import type { Authentication, Authenticator, Caller } from './caller.ts';

/** Callers by role, so that a call allocates none; limited, because a client chooses the names. */
const maxKnown = 1_000;
const nobody: Authentication = {
  kind: 'caller',
  caller: { roles: [], claims: undefined, subject: undefined },
};

export function createOpenAuthenticator(): Authenticator {
  const known = new Map<string, Authentication>();
  return {
    authenticate(headers: IncomingHttpHeaders) {
      const role = headers['stk-role'];
      if (role === undefined || role === '') return nobody;
      const seen = typeof role === 'string' ? known.get(role) : undefined;
      if (seen !== undefined) return seen;
      if (typeof role !== 'string' || !isId(role)) {
        return {
          kind: 'refused',
          refusal: {
            code: 'malformed',
            detail:
              'The header Stk-Role must name exactly one role: letters, digits, dots, dashes, underscores.',
          },
        };
      }
      const caller: Caller = { roles: [role], claims: undefined, subject: undefined };
      const answer: Authentication = { kind: 'caller', caller };
      if (known.size < maxKnown) known.set(role, answer);
      return answer;
    },
  };
}
