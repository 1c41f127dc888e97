// Follows the records branch for the Hub: reads it after a hint of a watch, and whenever the followed branch is read.
// Reports whether it is intact.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { asStkError } from '../../kernel/errors.ts';
import type { RecordsBranch, RecordsPlace, RecordsState } from '../../ledger/records/records-branch.ts';
import type { Log } from '../log.ts';
import { claim, type Claim } from '../status/compute-conditions.ts';

export interface RecordsFollowerOptions {
  readonly repo: ConfigRepo;
  readonly records: RecordsBranch;
  readonly log: Log;
  /** Other records count than before, or the branch became (or stopped being) intact. */
  onChange(): void;
}

const notRead = claim('RecordsIntact', 'Unknown', 'NotRead', 'The records branch has not been read yet.');

export class RecordsFollower {
  readonly #options: RecordsFollowerOptions;
  #place: RecordsPlace | undefined;
  #watch: { readonly branch: string; close(): Promise<void> } | undefined;
  #claim: Claim = notRead;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #isClosed = false;

  constructor(options: RecordsFollowerOptions) {
    this.#options = options;
  }

  get claim(): Claim {
    return this.#claim;
  }

  /** `records` of stk.yaml. Resolves when the branch has been read. Never rejects. */
  async follow(place: RecordsPlace): Promise<void> {
    const isSame = this.#place?.branch === place.branch && this.#place.since === place.since;
    if (isSame) return;
    this.#place = place;
    await this.look();
    if (this.#watch?.branch !== place.branch) await this.#watchBranch(place.branch);
  }

  /** Reads the branch; a request during a run is served by the next run. Never rejects. */
  async look(): Promise<void> {
    this.#lookAgain = true;
    this.#looking ??= this.#lookWhileAsked().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#watch?.close();
    await this.#looking;
    // Background work reads the repository, which closes next.
    await this.#options.records.verified();
  }

  async #lookWhileAsked(): Promise<void> {
    while (this.#lookAgain && !this.#isClosed) {
      this.#lookAgain = false;
      if (this.#place !== undefined) await this.#lookOnce(this.#place);
    }
  }

  async #lookOnce(place: RecordsPlace): Promise<void> {
    const { records, onChange } = this.#options;
    const before = records.state;
    try {
      const state = await records.update(place);
      this.#note(describe(state));
      if (before?.tip !== state.tip || before.integrity.kind !== state.integrity.kind) onChange();
    } catch (thrown) {
      const message = `The records branch cannot be read: ${asStkError(thrown).message}`;
      this.#note(claim('RecordsIntact', 'Unknown', 'RecordsUnreadable', message));
    }
  }

  #note(next: Claim): void {
    const before = this.#claim;
    this.#claim = next;
    if (before.reason === next.reason) return;
    const { reason, message } = next;
    if (next.status !== 'True')
      this.#options.log.warn({ reason, problem: message }, 'the records branch is not intact');
    this.#options.onChange();
  }

  /** Only a hint: without it, the branch is read together with the followed one. */
  async #watchBranch(branch: string): Promise<void> {
    const { repo, log } = this.#options;
    await this.#watch?.close();
    this.#watch = undefined;
    try {
      const watch = await repo.watch(() => void this.look(), `refs/heads/${branch}`);
      this.#watch = { branch, close: () => watch.close() };
    } catch (thrown) {
      log.warn({ branch, problem: asStkError(thrown).message }, 'the records branch cannot be watched');
    }
  }
}

function describe({ tip, integrity, place }: RecordsState): Claim {
  if (integrity.kind === 'broken')
    return claim('RecordsIntact', 'False', integrity.reason, integrity.message);
  return tip === null
    ? claim('RecordsIntact', 'True', 'NoRecords', `There is no branch ${place.branch} yet.`)
    : claim('RecordsIntact', 'True', 'Intact', `Every commit of ${place.branch} only adds records.`);
}
