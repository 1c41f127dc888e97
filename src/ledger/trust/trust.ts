// Follows which policy and which keys are in force, and decides which pointer commits, records, freezes and vetoes
// count. When no signature is required, it only reads the versions of stk.yaml.
import type { CommitInfo, ConfigRepo } from '../../git/config-repo.ts';
import { digestOfKeys } from '../../git/signatures/trusted-keys.ts';
import { judgeAuthor, judgeCommit, type CommitStanding, type Signers } from './judge-commit.ts';
import { keepStops, type KeptStops } from './kept-stops.ts';
import { followPolicy, noTrust, policyFiles, type PolicyInForce } from './policy-chain.ts';

const nothingKept: KeptStops = new Map();

export class Trust {
  #state: { readonly tip: string; readonly inForce: PolicyInForce } | null = null;
  #kept: { readonly key: string; readonly stops: Promise<KeptStops> } | null = null;

  /** From the last `follow`; `null` before the first. */
  get inForce(): PolicyInForce | null {
    return this.#state?.inForce ?? null;
  }

  /** A commit whose policy, without required signatures, was in force before this process: the chain continues from there. */
  startFrom(revision: string): void {
    const unsigned = {
      trust: noTrust,
      keys: { allowedSigners: '', gpgKeys: [] },
      since: null,
      refused: null,
    };
    this.#state ??= { tip: '', inForce: { ...unsigned, revision, files: '' } };
  }

  /**
   * Reads what is in force with `tip` as the tip of the followed branch. Throws git's errors; the previous state then
   * stays.
   */
  async follow(repo: ConfigRepo, tip: string): Promise<PolicyInForce> {
    const before = this.#state;
    if (before?.tip === tip) return before.inForce;
    const inForce = (await this.#isNextAndSame(repo, tip)) ?? (await this.#followFrom(repo, tip));
    this.#state = { tip, inForce };
    return inForce;
  }

  /**
   * The pointer commit of a move: it must also have the release's content. Call it when the environment requires
   * signatures.
   */
  async judgePointer(
    repo: ConfigRepo,
    { commit, environment, content }: PointerQuestion,
  ): Promise<CommitStanding> {
    const signers = this.#signers(repo);
    if (signers === null) return unknown;
    const { revision } = commit;
    const release = await repo.entryAt(revision, `releases/${content.release}.yaml`);
    if (release?.id !== content.digest) {
      const why = `the file of ${content.release} came after commit ${revision.slice(0, 12)}, so it has no signature.`;
      return { counts: false, why };
    }
    return judgeCommit(signers, { revision, paths: [`environments/${environment}.yaml`] });
  }

  /** The commit that added a record. Call it when the record needs a signature. */
  judgeRecord(repo: ConfigRepo, commit: CommitInfo): Promise<CommitStanding> {
    const signers = this.#signers(repo);
    return signers === null ? Promise.resolve(unknown) : judgeAuthor(signers, commit);
  }

  /** Freezes and vetoes in force beside those of `tip`. */
  async keptStops(repo: ConfigRepo, tip: string): Promise<KeptStops> {
    const signers = this.#signers(repo);
    const since = this.inForce?.since ?? null;
    if (signers === null || since === null) return nothingKept;
    const key = `${digestOfKeys(signers.keys)} ${since} ${tip}`;
    if (this.#kept?.key !== key) this.#kept = { key, stops: keepStops(signers, { tip, since }) };
    const { stops } = this.#kept;
    try {
      return await stops;
    } catch (thrown) {
      this.#kept = null;
      throw thrown;
    }
  }

  #signers(repo: ConfigRepo): Signers | null {
    const { inForce } = this;
    return inForce === null ? null : { repo, keys: inForce.keys, forge: inForce.trust.forge };
  }

  /** The usual commit: one more on top, without a change of the policy. `null` when it is something else. */
  async #isNextAndSame(repo: ConfigRepo, tip: string): Promise<PolicyInForce | null> {
    if (this.#state === null) return null;
    const { tip: before, inForce } = this.#state;
    if ((await repo.commit(tip)).parents[0] !== before) return null;
    const { trust } = inForce;
    const [is, was] = await Promise.all([tip, before].map((one) => policyFiles(repo, one, trust)));
    if (is !== was) return null;
    return trust.requires ? inForce : { ...inForce, revision: tip };
  }

  async #followFrom(repo: ConfigRepo, tip: string): Promise<PolicyInForce> {
    const former = this.inForce;
    if (former === null || former.trust.requires) return followPolicy(repo, tip, former);
    // Without required signatures, a rewritten branch is followed from its beginning.
    return followPolicy(repo, tip, (await repo.isAncestor(former.revision, tip)) ? former : null);
  }
}

export interface PointerQuestion {
  /** The newest commit that changed the pointer. */
  readonly commit: CommitInfo;
  readonly environment: string;
  /** The desired content: a release and the git blob id of its file. */
  readonly content: { readonly release: string; readonly digest: string };
}

const unknown: CommitStanding = { counts: false, why: 'the config repo has not been read yet.' };
