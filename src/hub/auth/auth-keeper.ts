// The current authenticator: replaced when the settings change, because a commit may change them while the Hub runs.
import { asStkError } from '../../kernel/errors.ts';
import type { AuthSettings, Project } from '../../model/project.ts';
import { type Authenticator, refuseToken } from './caller.ts';
import { createOpenAuthenticator } from './open-mode.ts';
import { createTokenAuthenticator } from './token-authenticator.ts';
import { type KeySetDependencies, publishedKeys, secretKeys, type TokenKeys } from './token-keys.ts';

export interface AuthDependencies extends KeySetDependencies {
  /** Value of an environment variable. */
  readonly secret: (name: string) => string | undefined;
  /** The new settings cannot work, so every token is refused. */
  readonly reportUnusable: (error: unknown) => void;
}

/** `settings` undefined means open mode. */
export interface Auth {
  readonly settings: AuthSettings | undefined;
  readonly authenticator: Authenticator;
}

export class AuthKeeper {
  readonly #deps: AuthDependencies;
  readonly #pinned: AuthSettings | undefined;
  readonly #project: () => Pick<Project, 'auth'>;
  #current: Auth;

  /** Throws `secret-unset` when the initial settings name an unset secret. */
  constructor(
    deps: AuthDependencies,
    pinned: AuthSettings | undefined,
    project: () => Pick<Project, 'auth'>,
  ) {
    this.#deps = deps;
    this.#pinned = pinned;
    this.#project = project;
    this.#current = makeAuth(this.#settings(), deps);
  }

  current(): Auth {
    const settings = this.#settings();
    if (settings === this.#current.settings) return this.#current;
    if (JSON.stringify(settings) === JSON.stringify(this.#current.settings))
      this.#current = { settings, authenticator: this.#current.authenticator };
    else this.#current = makeAuthOrRefuseAll(settings, this.#deps);
    return this.#current;
  }

  #settings(): AuthSettings | undefined {
    return this.#pinned ?? this.#project().auth;
  }
}

function makeAuth(settings: AuthSettings | undefined, deps: AuthDependencies): Auth {
  if (settings === undefined) return { settings, authenticator: createOpenAuthenticator() };
  const authenticator = createTokenAuthenticator(settings, makeKeys(settings, deps), deps.clock);
  return { settings, authenticator };
}

/** While the Hub runs, settings that cannot work refuse every token; they never grant access. */
function makeAuthOrRefuseAll(settings: AuthSettings | undefined, deps: AuthDependencies): Auth {
  try {
    return makeAuth(settings, deps);
  } catch (error) {
    deps.reportUnusable(error);
    const { code } = asStkError(error);
    const detail =
      code === 'secret-unset'
        ? 'The Hub cannot verify tokens: its secret is not set or too short.'
        : 'The Hub cannot verify tokens.';
    return { settings, authenticator: { authenticate: () => refuseToken(detail, undefined) } };
  }
}

function makeKeys(settings: AuthSettings, deps: AuthDependencies): TokenKeys {
  const { jwt } = settings;
  return jwt.kind === 'secret'
    ? secretKeys(jwt.secretFrom, deps.secret(jwt.secretFrom))
    : publishedKeys(jwt.url, deps);
}
