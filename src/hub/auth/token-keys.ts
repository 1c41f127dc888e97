// The keys that verify tokens: one shared secret, or a published key set. Each kind has its own list of algorithms, so
// that a token cannot choose how it is verified (no `none`, no HMAC with a public key).
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../kernel/clock.ts';
import { StkError } from '../../kernel/errors.ts';

export interface TokenKeys {
  readonly algorithms: readonly string[];
  readonly find: JWTVerifyGetKey;
  /** Grows when the keys changed: earlier verifications no longer count. */
  generation(): number;
}

/** Fetches a key set's JSON; rejects when it cannot. */
export type FetchKeySet = (url: string) => Promise<unknown>;

export interface KeySetDependencies {
  readonly clock: Clock;
  readonly fetchKeySet: FetchKeySet;
  /** The key set could not be fetched; known keys stay in use. */
  readonly reportOutage: (error: unknown) => void;
}

const minSecretBytes = 32;
/** Milliseconds: older keys are refreshed in the background; an unknown key id causes a fetch at most this often. */
const keySetMaxAge = 10 * 60_000;
const keySetCooldown = 30_000;
const publicKeyAlgorithms = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');

/** Throws `secret-unset` for a secret that is unset or shorter than 32 bytes. */
export function secretKeys(name: string, secret: string | undefined): TokenKeys {
  const key = new TextEncoder().encode(secret ?? '');
  if (key.length < minSecretBytes) {
    throw new StkError(
      'secret-unset',
      secret === undefined || secret === ''
        ? `the environment variable ${name}, which auth.jwt.secretFrom names, is not set`
        : `the secret in ${name} has ${key.length} bytes; HS256 needs at least ${minSecretBytes}`,
      { hint: `Set it, for example: export ${name}="$(openssl rand -base64 48)"` },
    );
  }
  return { algorithms: ['HS256'], find: () => Promise.resolve(key), generation: () => 0 };
}

/** Keys of a key set URL. During an outage the known keys stay; without any, tokens are refused. */
export function publishedKeys(url: string, deps: KeySetDependencies): TokenKeys {
  const { clock, fetchKeySet, reportOutage } = deps;
  let current: ReturnType<typeof createLocalJWKSet> | undefined;
  let text = '';
  let fetchedAt = -Infinity;
  let triedAt = -Infinity;
  let running: Promise<void> | undefined;
  let generation = 0;

  const load = async (): Promise<void> => {
    triedAt = clock.now();
    const value = await fetchKeySet(url);
    if (!isKeySet(value)) throw new Error('not a JSON Web Key Set');
    const loaded = JSON.stringify(value);
    if (loaded !== text) {
      current = createLocalJWKSet(value);
      text = loaded;
      generation += 1;
    }
    fetchedAt = clock.now();
  };
  /** One fetch at a time, and not more often than the cooldown; resolves in every case. */
  const refresh = (): Promise<void> => {
    if (running === undefined && clock.now() - triedAt < keySetCooldown) return Promise.resolve();
    running ??= load()
      .catch(reportOutage)
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  return {
    algorithms: publicKeyAlgorithms,
    generation: () => generation,
    async find(header, token) {
      if (current === undefined) await refresh();
      else if (clock.now() - fetchedAt > keySetMaxAge) void refresh();
      const known = current;
      if (known === undefined) throw new StkError('unauthenticated', 'the key set cannot be fetched');
      try {
        return await known(header, token);
      } catch (error) {
        await refresh();
        if (current === known || current === undefined) throw error;
        return current(header, token);
      }
    },
  };
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);
}
