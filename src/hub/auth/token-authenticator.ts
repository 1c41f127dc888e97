// Verifies bearer tokens: signature by an allowed algorithm, issuer, audience, expiry, not-before; reads the roles.
// Caches verified tokens for a short time, never beyond their expiry.
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../kernel/clock.ts';
import { isId } from '../../kernel/ids.ts';
import type { AuthSettings } from '../../model/project.ts';
import { type Authentication, type Authenticator, type Caller, refuseToken } from './caller.ts';
import type { TokenKeys } from './token-keys.ts';

/** Tolerated difference between the clocks of issuer and Hub, in seconds. */
const clockTolerance = 10;
/** Most cached tokens, their longest time in milliseconds, and the longest accepted token. */
const maxRemembered = 1_000;
const rememberFor = 60_000;
const maxTokenLength = 8 * 1024;

interface Remembered {
  readonly answer: Authentication;
  readonly until: number;
  readonly generation: number;
}

export function createTokenAuthenticator(
  settings: AuthSettings,
  keys: TokenKeys,
  clock: Clock,
): Authenticator {
  const remembered = new Map<string, Remembered>();

  const verify = async (token: string): Promise<Authentication> => {
    try {
      const { payload } = await jwtVerify(token, keys.find, {
        algorithms: [...keys.algorithms],
        issuer: settings.issuer,
        audience: settings.audience,
        requiredClaims: ['exp', 'iss', 'aud'],
        clockTolerance,
        currentDate: new Date(clock.now()),
      });
      const answer: Authentication = { kind: 'caller', caller: callerOf(payload, settings.rolesClaim) };
      const expiry = (payload.exp ?? 0) * 1000;
      const until = Math.min(expiry, clock.now() + rememberFor);
      if (remembered.size >= maxRemembered) forgetOldest(remembered);
      remembered.set(token, { answer, until, generation: keys.generation() });
      return answer;
    } catch (error) {
      return refuseToken(explain(error), 'invalid_token');
    }
  };

  return {
    authenticate(headers: IncomingHttpHeaders) {
      const { authorization } = headers;
      if (authorization === undefined) return refuseToken('The request has no token.', undefined);
      const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization)?.[1];
      if (token === undefined || token.length > maxTokenLength)
        return refuseToken('The Authorization header contains no bearer token.', 'invalid_token');
      const known = remembered.get(token);
      if (known === undefined) return verify(token);
      if (known.until > clock.now() && known.generation === keys.generation()) return known.answer;
      remembered.delete(token);
      return verify(token);
    },
  };
}

function callerOf(payload: JWTPayload, rolesClaim: string): Caller {
  const claimed: unknown = Object.hasOwn(payload, rolesClaim) ? payload[rolesClaim] : undefined;
  const names: readonly unknown[] = Array.isArray(claimed)
    ? claimed
    : typeof claimed === 'string'
      ? claimed.split(' ')
      : [];
  const roles = names.filter((name): name is string => typeof name === 'string' && isId(name));
  return {
    roles: [...new Set(roles)],
    claims: JSON.stringify(payload),
    subject: typeof payload.sub === 'string' ? payload.sub : undefined,
  };
}

function forgetOldest(remembered: Map<string, Remembered>): void {
  for (const token of remembered.keys()) {
    remembered.delete(token);
    return;
  }
}

/** The failed check, without a value of the token. */
function explain(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    const claim = ['iss', 'aud', 'exp', 'nbf', 'iat'].find((name) => name === error.claim) ?? 'a claim';
    return error.reason === 'missing'
      ? `The token has no ${claim}.`
      : `The token's ${claim} is not accepted.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "The token's algorithm is not accepted.";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The token's signature does not verify.";
  if (error instanceof errors.JWKSNoMatchingKey) return 'No published key matches the token.';
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return 'Several published keys could have signed the token, and the token does not name one (kid).';
  return 'The token cannot be verified.';
}
