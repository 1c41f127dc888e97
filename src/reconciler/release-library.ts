// Releases by what they are: the compiled form by blob and the identity by id, both remembered, so that the way from a
// commit to the swap asks git and the compiler only for what is new. Knows nothing of environments and databases.
import type { ConfigRepo } from '../git/config-repo.ts';
import type { StkError } from '../model/errors.ts';
import { maxReleaseBytes } from '../model/parse-release.ts';
import type { CompiledRelease } from '../serving/compiled-release.ts';
import { CompiledCache } from './compiled-cache.ts';
import { createLimiter } from './limiter.ts';

const compiledReleases = 64;
const compilationsAtOnce = 2;

export type CompileOutcome =
  | { readonly kind: 'compiled'; readonly compiled: CompiledRelease }
  /** `release-invalid`, with every problem of the file. */
  | { readonly kind: 'invalid'; readonly error: StkError };

export interface CompileRequest {
  /** The release file. */
  readonly text: string;
  /** The id that its file name gives. */
  readonly release: string;
  readonly signal: AbortSignal;
}

export type CompileRelease = (request: CompileRequest) => Promise<CompileOutcome>;

export interface IdentityPlace {
  readonly repo: ConfigRepo;
  readonly revision: string;
}

interface Identity {
  readonly blob: string;
  readonly revision: string;
}

export class ReleaseLibrary {
  readonly #compile: CompileRelease;
  readonly #compiled = new CompiledCache(compiledReleases);
  readonly #turn = createLimiter(compilationsAtOnce);
  #identities = new Map<string, Identity>();

  constructor(compile: CompileRelease) {
    this.#compile = compile;
  }

  /** The followed history changed other than by one commit on top: what was known of identities may not hold. */
  forgetIdentities(): void {
    this.#identities = new Map();
  }

  /** An identity once found stays while history only grows. */
  async identity(place: IdentityPlace, release: string): Promise<Identity | undefined> {
    const identities = this.#identities;
    const known = identities.get(release);
    if (known !== undefined) return known;
    const found = await place.repo.releaseIdentity(place.revision, release);
    if (found !== undefined) identities.set(release, found);
    return found;
  }

  async compile(request: {
    readonly repo: ConfigRepo;
    readonly blob: string;
    readonly release: string;
    readonly signal: AbortSignal;
  }): Promise<CompileOutcome> {
    const { repo, blob, release, signal } = request;
    const known = this.#compiled.get(blob);
    if (known !== undefined && known.release.release === release)
      return { kind: 'compiled', compiled: known };
    const text = await repo.text(blob, maxReleaseBytes);
    return this.compileText({ text, blob, release, signal });
  }

  /** The same from a text at hand; `blob` undefined: it is not remembered. */
  async compileText(request: {
    readonly text: string;
    readonly blob: string | undefined;
    readonly release: string;
    readonly signal: AbortSignal;
  }): Promise<CompileOutcome> {
    const { text, blob, release, signal } = request;
    const outcome = await this.#turn(() => this.#compile({ text, release, signal }));
    if (outcome.kind === 'compiled' && blob !== undefined) this.#compiled.set(blob, outcome.compiled);
    return outcome;
  }
}
