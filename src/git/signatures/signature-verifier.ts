// Whether commits are signed, for one repository. Caches each answer by commit, address and content of the keys. The
// keys are in a temporary folder while they are used.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import { createLimiter } from '../../kernel/limiter.ts';
import { CommitTimes } from './commit-times.ts';
import { digestOfKeys, layOutKeys, type KeyFolder, type TrustedKeys } from './trusted-keys.ts';
import { verifyCommit, type SignatureCheck } from './verify-commit.ts';

export interface SignatureQuestion {
  readonly revision: string;
  /** The address that must have signed. */
  readonly mail: string;
  readonly keys: TrustedKeys;
}

const answersKept = 100_000;

export class SignatureVerifier {
  readonly #at: { readonly gitDirectory: string; readonly environment: Readonly<Record<string, string>> };
  readonly #times: CommitTimes;
  readonly #answers = new BoundedCache<SignatureCheck>(answersKept);
  /** One at a time: they share the folder. */
  readonly #inTurn = createLimiter(1);
  #folder: { readonly digest: string; readonly path: string; readonly keys: KeyFolder } | undefined;

  /** `environment`: git's environment for reading that one repository. */
  constructor(at: { readonly gitDirectory: string; readonly environment: Readonly<Record<string, string>> }) {
    this.#at = at;
    this.#times = new CommitTimes(at);
  }

  /** Throws `git-missing`, and git's errors about a commit that cannot be read. */
  async verify(question: SignatureQuestion): Promise<SignatureCheck> {
    const digest = digestOfKeys(question.keys);
    const key = `${digest} ${question.revision} ${question.mail}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    return this.#inTurn(async () => {
      // An earlier request in the queue may have been the same.
      const answered = this.#answers.get(key);
      if (answered !== undefined) return answered;
      const keys = await this.#layOut(digest, question.keys);
      const at = await this.#times.of(question.revision);
      const answer = await verifyCommit({ ...this.#at, ...question, keys, at });
      this.#answers.set(key, answer);
      return answer;
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#clear());
  }

  async #layOut(digest: string, keys: TrustedKeys): Promise<KeyFolder> {
    // Systems delete files in their temporary folder from time to time.
    const isThere = this.#folder?.digest === digest && existsSync(this.#folder.keys.allowedSigners);
    if (isThere && this.#folder !== undefined) return this.#folder.keys;
    await this.#clear();
    const path = await mkdtemp(join(tmpdir(), 'stk-keys-'));
    try {
      this.#folder = { digest, path, keys: await layOutKeys(path, keys, this.#at.environment) };
    } catch (thrown) {
      await rm(path, { recursive: true, force: true });
      throw thrown;
    }
    return this.#folder.keys;
  }

  async #clear(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder.path, { recursive: true, force: true });
    this.#folder = undefined;
  }
}
