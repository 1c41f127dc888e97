// Releases by what they are: the compiled form by blob and the identity by id, both remembered, so that the way from a
// commit to the swap asks git and the compiler only for what is new. Knows nothing of environments and databases.
import { createHash } from 'node:crypto';
import type { ConfigRepo } from '../git/config-repo.ts';
import { BoundedCache } from '../model/bounded-cache.ts';
import { StkError } from '../model/errors.ts';
import { maxReleaseBytes } from '../model/parse-release.ts';
import { formatProblems, type DocumentProblem } from '../model/problem.ts';
import type { CheckableRelease, ReleaseCompiler } from '../serving/compile-release.ts';
import type { CompiledRelease } from '../serving/compiled-release.ts';

/** Characters of the release files whose forms are remembered: in memory, a form takes some ten times its text. */
const compiledCharacters = 16 * 1024 * 1024;
const checkableCharacters = 16 * 1024 * 1024;
/** So that small ones are no more than 64 and 128. */
const leastCompiled = compiledCharacters / 64;
const leastCheckable = checkableCharacters / 128;

export type LoadOutcome =
  | { readonly kind: 'compiled'; readonly compiled: CompiledRelease }
  /** `release-invalid`, with every problem of the file. */
  | { readonly kind: 'invalid'; readonly error: StkError };

export type ReadOutcome =
  | { readonly kind: 'read'; readonly checkable: CheckableRelease }
  | { readonly kind: 'invalid'; readonly error: StkError };

/** The compiler's part that is used. */
export type Compiler = Pick<ReleaseCompiler, 'compile' | 'judge' | 'read'>;

export interface ReleaseLibraryOptions {
  /** For releases of the config repo: what an activation waits for. */
  readonly compiler: Compiler;
  /** For documents that a check brings and releases that are only asked about: slow ones hold up no activation. */
  readonly documentCompiler: Compiler;
}

export interface IdentityPlace {
  readonly repo: ConfigRepo;
  readonly revision: string;
}

interface Identity {
  readonly blob: string;
  readonly revision: string;
}

export class ReleaseLibrary {
  readonly #compiler: Compiler;
  readonly #documentCompiler: Compiler;
  readonly #checkable = new BoundedCache<CheckableRelease>(checkableCharacters);
  readonly #compiled = new BoundedCache<CompiledRelease>(compiledCharacters);
  #identities = new Map<string, Identity>();

  constructor({ compiler, documentCompiler }: ReleaseLibraryOptions) {
    this.#compiler = compiler;
    this.#documentCompiler = documentCompiler;
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
  }): Promise<LoadOutcome> {
    const { repo, blob, release } = request;
    const known = this.#compiled.get(blob);
    if (known !== undefined && known.release.release === release)
      return { kind: 'compiled', compiled: known };
    const text = await repo.text(blob, maxReleaseBytes);
    return this.compileText({ text, blob, release });
  }

  /** The same from a text at hand. */
  async compileText(request: {
    readonly text: string;
    readonly blob: string;
    readonly release: string;
  }): Promise<LoadOutcome> {
    const { blob, text } = request;
    const outcome = await compileWith(this.#compiler, request);
    if (outcome.kind === 'compiled')
      this.#compiled.set(blob, outcome.compiled, Math.max(text.length, leastCompiled));
    return outcome;
  }

  /** Enough of a release to ask a database about it; cheaper than to compile it, and holds up no activation. */
  async read(request: {
    readonly repo: ConfigRepo;
    readonly blob: string;
    readonly release: string;
  }): Promise<ReadOutcome> {
    const { repo, blob, release } = request;
    const known = this.#compiled.get(blob) ?? this.#checkable.get(blob);
    if (known !== undefined && known.release.release === release) return { kind: 'read', checkable: known };
    const text = await repo.text(blob, maxReleaseBytes);
    const file = `releases/${release}.yaml`;
    const outcome = await this.#documentCompiler.read({ text, file, id: release, blob });
    if (!outcome.ok) return { kind: 'invalid', error: describeProblems(outcome.problems, release) };
    this.#checkable.set(blob, outcome.checkable, Math.max(text.length, leastCheckable));
    return { kind: 'read', checkable: outcome.checkable };
  }

  /** A document that is in no repository; it is not remembered. */
  async judgeDocument({
    text,
    release,
  }: {
    readonly text: string;
    readonly release: string;
  }): Promise<ReadOutcome> {
    const blob = createHash('sha256').update(text).digest('hex');
    const request = { text, file: `releases/${release}.yaml`, id: release, blob };
    const outcome = await this.#documentCompiler.judge(request);
    if (outcome.ok) return { kind: 'read', checkable: outcome.checkable };
    return { kind: 'invalid', error: describeProblems(outcome.problems, release) };
  }
}

async function compileWith(
  compiler: Compiler,
  { text, blob, release }: { readonly text: string; readonly blob: string; readonly release: string },
): Promise<LoadOutcome> {
  const outcome = await compiler.compile({ text, file: `releases/${release}.yaml`, id: release, blob });
  if (outcome.ok) return { kind: 'compiled', compiled: outcome.compiled };
  return { kind: 'invalid', error: describeProblems(outcome.problems, release) };
}

function describeProblems(problems: readonly DocumentProblem[], release: string): StkError {
  const errors = problems.map(({ pointer, message, line, column }) => ({
    pointer,
    detail: message,
    line,
    column,
  }));
  return new StkError('release-invalid', formatProblems(problems), {
    hint: 'Correct the file under a release id of its own, or name another release.',
    details: { release, errors },
  });
}
