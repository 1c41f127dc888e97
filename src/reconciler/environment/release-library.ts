// Caches releases: the compiled form by blob and the identity by id. So the way from a commit to the swap needs git and
// the compiler only for what is new. Independent of environments and databases.
import { createHash } from 'node:crypto';
import type { ConfigRepo } from '../../git/config-repo.ts';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import type { CheckOrder } from '../../model/check-order.ts';
import { StkError } from '../../kernel/errors.ts';
import { maxReleaseBytes } from '../../documents/release/parse-release.ts';
import { formatProblems, type DocumentProblem } from '../../model/problem.ts';
import type { Verdict } from '../../model/verdict.ts';
import type {
  CheckableRelease,
  CompileRequest,
  ReleaseCompiler,
} from '../../serving/compile/compile-release.ts';
import type { CompiledRelease } from '../../serving/compile/compiled-release.ts';

/** Most characters of release files with cached forms: in memory, a form takes about ten times its text. */
const compiledCharacters = 16 * 1024 * 1024;
const checkableCharacters = 16 * 1024 * 1024;
/** So that small ones number at most 64 and 128. */
const leastCompiled = compiledCharacters / 64;
const leastCheckable = checkableCharacters / 128;

export type LoadOutcome =
  | { readonly kind: 'compiled'; readonly compiled: CompiledRelease }
  /** `release-invalid`, with every problem of the file. */
  | { readonly kind: 'invalid'; readonly error: StkError };

export type ReadOutcome =
  | { readonly kind: 'read'; readonly checkable: CheckableRelease }
  | { readonly kind: 'invalid'; readonly error: StkError };

export type DocumentOutcome =
  | { readonly kind: 'checked'; readonly verdict: Verdict }
  | { readonly kind: 'invalid'; readonly error: StkError };

/** The used parts of the compilers. */
export type Compiler = Pick<ReleaseCompiler, 'compile'>;
export type DocumentCompiler = Pick<ReleaseCompiler, 'judge' | 'read'>;
export type DocumentChecker = Pick<ReleaseCompiler, 'check'>;

export interface ReleaseLibraryOptions {
  /** For releases of the config repo: activations wait for it. */
  readonly compiler: Compiler;
  /** For documents in a check and releases in questions: slow ones delay no activation. */
  readonly documentCompiler: DocumentCompiler;
  /** For documents that it also checks: that takes as long as the database does. */
  readonly documentChecker: DocumentChecker;
}

export interface IdentityPlace {
  readonly repo: ConfigRepo;
  readonly revision: string;
}

export interface CompileText {
  readonly text: string;
  readonly blob: string;
  readonly release: string;
}

export interface ReleaseDocument {
  readonly text: string;
  /** Its intended id. */
  readonly release: string;
}

interface Identity {
  readonly blob: string;
  readonly revision: string;
}

export class ReleaseLibrary {
  readonly #compiler: Compiler;
  readonly #documentCompiler: DocumentCompiler;
  readonly #documentChecker: DocumentChecker;
  readonly #checkable = new BoundedCache<CheckableRelease>(checkableCharacters);
  readonly #compiled = new BoundedCache<CompiledRelease>(compiledCharacters);
  /** By blob and id: the attempt after a pre-empted one waits for the same work. */
  readonly #compiling = new Map<string, Promise<LoadOutcome>>();
  #identities = new Map<string, Identity>();

  constructor({ compiler, documentCompiler, documentChecker }: ReleaseLibraryOptions) {
    this.#compiler = compiler;
    this.#documentCompiler = documentCompiler;
    this.#documentChecker = documentChecker;
  }

  /** The followed history changed other than by one commit on top: known identities may be invalid. */
  forgetIdentities(): void {
    this.#identities = new Map();
  }

  /** A found identity stays valid while history only grows. */
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

  /** The same from a given text. A release is never compiled twice at once. */
  async compileText(request: CompileText): Promise<LoadOutcome> {
    const key = `${request.blob} ${request.release}`;
    const compiling = this.#compiling.get(key) ?? this.#compileNew(request);
    this.#compiling.set(key, compiling);
    try {
      return await compiling;
    } finally {
      this.#compiling.delete(key);
    }
  }

  async #compileNew(request: CompileText): Promise<LoadOutcome> {
    const { blob, text } = request;
    const outcome = await compileWith(this.#compiler, request);
    if (outcome.kind === 'compiled')
      this.#compiled.set(blob, outcome.compiled, Math.max(text.length, leastCompiled));
    return outcome;
  }

  /** The part of a release that a check against a database needs; cheaper than compiling it, and delays no activation. */
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

  /** A document outside the repository; it is not cached. */
  async judgeDocument(document: ReleaseDocument): Promise<ReadOutcome> {
    const outcome = await this.#documentCompiler.judge(toRequest(document));
    if (outcome.ok) return { kind: 'read', checkable: outcome.checkable };
    return { kind: 'invalid', error: describeProblems(outcome.problems, document.release) };
  }

  /** The same, and checks it against the order's database without returning here in between. */
  async checkDocument(document: ReleaseDocument, order: CheckOrder): Promise<DocumentOutcome> {
    const outcome = await this.#documentChecker.check(toRequest(document), order);
    if (outcome.ok) return { kind: 'checked', verdict: outcome.verdict };
    return { kind: 'invalid', error: describeProblems(outcome.problems, document.release) };
  }
}

function toRequest({ text, release }: ReleaseDocument): CompileRequest {
  const blob = createHash('sha256').update(text).digest('hex');
  return { text, file: `releases/${release}.yaml`, id: release, blob };
}

async function compileWith(compiler: Compiler, { text, blob, release }: CompileText): Promise<LoadOutcome> {
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
    hint: 'Correct the file under a new release id, or name another release.',
    details: { release, errors },
  });
}
