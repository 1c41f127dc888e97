// Tokens for a Hub whose auth settings are pinned: a viewer may read its control plane, an operator may write too.
import { SignJWT } from 'jose';
import type { AuthSettings } from '../../../src/model/project.ts';

export const tokenSecret = 's'.repeat(32);

export const pinnedAuth: AuthSettings = {
  jwt: { kind: 'secret', secretFrom: 'SECRET' },
  issuer: 'https://issuer.example',
  audience: 'shop',
  rolesClaim: 'roles',
  control: { read: ['viewer'], write: ['operator'], evidence: [] },
};

export function signToken(sub: string, role: string): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 600;
  const { issuer: iss, audience: aud } = pinnedAuth;
  return new SignJWT({ sub, roles: [role], iss, aud, exp })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(tokenSecret));
}
