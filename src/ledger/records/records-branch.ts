// Follows the records branch: keeps its last sound tip under refs/stk/, notices when it was rewritten or a record
// changed, pushes it again when it was deleted, and caches which commit added which record. It does not read the
// records.
//
//   tip is the kept one           → nothing to do
//   tip descends, only adds files → it is kept, and counts
//   no branch any more            → the kept one is pushed again, and counts
//   anything else                 → the kept one still counts; not intact until `since` accepts the new history
import type { ConfigRepo } from '../../git/config-repo.ts';
import { asStkError } from '../../kernel/errors.ts';
import { findWriters, type WrittenFile } from './find-writers.ts';
import { RecordIndex, type IndexedRecord } from './record-index.ts';
import { collectAdditions, collectLastWrites, type Additions } from './verify-changes.ts';

export interface RecordsBranchOptions {
  readonly repo: ConfigRepo;
  /** A folder of the state directory for the verified part. */
  readonly directory: string;
}

/** `records` of stk.yaml. */
export interface RecordsPlace {
  /** Short name of the branch. */
  readonly branch: string;
  /** `records.since`; `undefined` when it is not set. */
  readonly since: string | undefined;
}

export type Integrity =
  | { readonly kind: 'intact' }
  /** The previous content still counts. */
  | { readonly kind: 'broken'; readonly reason: BrokenReason; readonly message: string };

/** `BranchRewritten`: it does not descend from the kept tip. `RecordChanged`: a file was changed or removed. */
export type BrokenReason = 'BranchRewritten' | 'RecordChanged' | 'SinceNotOnBranch' | 'BranchDeleted';

export interface RecordsState {
  readonly place: RecordsPlace;
  /** The commit whose records count; `null` when none exist yet. */
  readonly tip: string | null;
  readonly integrity: Integrity;
}

const intact: Integrity = { kind: 'intact' };

export class RecordsBranch {
  readonly #repo: ConfigRepo;
  readonly #index: RecordIndex;
  #state: RecordsState | null = null;
  #updating: Promise<unknown> = Promise.resolve();
  #verifying: Promise<void> | null = null;
  /** Files that a commit of the branch had changed or removed before this Hub first saw it; `null` when none are known. */
  #found: { readonly place: RecordsPlace; readonly broken: Additions['broken'] } | null = null;
  #failure: string | null = null;

  constructor({ repo, directory }: RecordsBranchOptions) {
    this.#repo = repo;
    this.#index = new RecordIndex(directory);
  }

  /** From the last update; `null` before the first. */
  get state(): RecordsState | null {
    return this.#state;
  }

  /** Reads the branch and decides what counts. One at a time. Throws git's errors; the previous state then stays. */
  update(place: RecordsPlace): Promise<RecordsState> {
    const next = this.#updating.then(() => this.#update(place));
    // The queue continues after a failure; the caller gets the error.
    this.#updating = next.catch(() => undefined);
    return next;
  }

  /** Resolves when the whole branch has been verified, or verification failed. Gates do not wait for it. */
  async verified(): Promise<void> {
    await this.#verifying;
  }

  /** The records below `releases/<aa>/<release>`, the oldest first, each with the commit that added it. */
  async additionsBelow(folder: string, files: readonly WrittenFile[]): Promise<readonly IndexedRecord[]> {
    const tip = this.#state?.tip;
    if (tip === null || tip === undefined || files.length === 0) return [];
    const known = new Map((await this.#index.below(folder)).map((one) => [one.path, one]));
    const found = files.flatMap(({ path }) => known.get(path) ?? []);
    if (found.length === files.length) return found.sort((a, b) => a.position - b.position);
    // Not verified yet.
    return findWriters(this.#repo, { tip, folder, files });
  }

  async #update(place: RecordsPlace): Promise<RecordsState> {
    const judged = await this.#judge(place);
    this.#state = judged;
    if (judged.tip !== null) await this.#verifyWhole(judged.tip, place);
    return this.#state;
  }

  async #judge(place: RecordsPlace): Promise<RecordsState> {
    const { branch, since } = place;
    const ref = `refs/heads/${branch}`;
    const [tip = null, kept = null, accepted = null] = await Promise.all(
      [ref, keptRef(branch), sinceRef(branch)].map((one) => this.#repo.readRef(one)),
    );
    const stays = (reason: BrokenReason, message: string): RecordsState => ({
      place,
      tip: kept,
      integrity: { kind: 'broken', reason, message },
    });
    if (tip === null) {
      if (kept === null) return { place, tip: null, integrity: intact };
      return this.#restore(place, kept, stays);
    }
    if (since !== undefined && since !== accepted)
      return this.#acceptSince({ place, since, tip, kept, stays });
    if (kept === null) {
      await this.#keep(branch, tip, null);
      return { place, tip, integrity: intact };
    }
    if (kept === tip) return { place, tip, integrity: intact };
    if (!(await this.#repo.isAncestor(kept, tip))) {
      // A fetch that began before a push of this Hub may reset the branch for a moment.
      await this.#repo.fetch();
      const again = (await this.#repo.readRef(ref)) ?? null;
      if (again !== tip && again !== null) return this.#judge(place);
      return stays(
        'BranchRewritten',
        `${branch} was rewritten: ${short(tip)} does not descend from ${short(kept)}, whose records still count. ` +
          `Push the former branch again, or accept the new one with records.since: <commit> in stk.yaml.`,
      );
    }
    const { added, broken } = collectAdditions(await this.#repo.graph.changes({ tip, known: [kept] }));
    if (broken.length > 0) return stays('RecordChanged', describeBroken(branch, broken, kept));
    if (!(await this.#keep(branch, tip, kept))) return this.#judge(place);
    await this.#rememberMore(place, kept, tip, added);
    return { place, tip, integrity: intact };
  }

  async #restore(
    place: RecordsPlace,
    kept: string,
    stays: (reason: BrokenReason, message: string) => RecordsState,
  ): Promise<RecordsState> {
    try {
      await this.#repo.restoreBranch(`refs/heads/${place.branch}`, kept);
      return { place, tip: kept, integrity: intact };
    } catch (thrown) {
      const why = asStkError(thrown).message;
      return stays('BranchDeleted', `${place.branch} was deleted and could not be pushed again: ${why}`);
    }
  }

  /** `since` starts a new history: what is before it is accepted unchanged, what comes after may only add. */
  async #acceptSince(request: {
    readonly place: RecordsPlace;
    readonly since: string;
    readonly tip: string;
    readonly kept: string | null;
    readonly stays: (reason: BrokenReason, message: string) => RecordsState;
  }): Promise<RecordsState> {
    const { place, since, tip, kept, stays } = request;
    const { branch } = place;
    if (!(await this.#repo.isAncestor(since, tip)))
      return stays('SinceNotOnBranch', `records.since names ${short(since)}, which is not on ${branch}.`);
    const { broken } = collectAdditions(await this.#repo.graph.changes({ tip, known: [since] }));
    if (broken.length > 0) return stays('RecordChanged', describeBroken(branch, broken, since));
    if (!(await this.#keep(branch, tip, kept))) return this.#judge(place);
    const former = (await this.#repo.readRef(sinceRef(branch))) ?? null;
    await this.#repo.keepRef(sinceRef(branch), { revision: since, expected: former });
    await this.#index.forget();
    return { place, tip, integrity: intact };
  }

  #keep(branch: string, tip: string, expected: string | null): Promise<boolean> {
    return this.#repo.keepRef(keptRef(branch), { revision: tip, expected });
  }

  async #rememberMore(
    place: RecordsPlace,
    kept: string,
    tip: string,
    added: Additions['added'],
  ): Promise<void> {
    const upTo = await this.#index.upTo();
    const goesOn = upTo?.tip === kept && upTo.branch === place.branch && upTo.since === (place.since ?? null);
    if (!goesOn) return;
    const records = added.map((one, i) => ({ ...one, position: upTo.count + i }));
    await this.#index.remember(records, { ...upTo, tip, count: upTo.count + records.length });
  }

  /** Verifies the unverified part in the background. */
  async #verifyWhole(tip: string, place: RecordsPlace): Promise<void> {
    const isFound = this.#found !== null && isSamePlace(this.#found.place, place);
    if (isFound) this.#noteFound(place);
    const upTo = await this.#index.upTo();
    const isDone = upTo?.tip === tip && upTo.branch === place.branch && upTo.since === (place.since ?? null);
    if (isDone || isFound || this.#verifying !== null) return;
    this.#verifying = this.#verify(tip, place)
      // If git could not answer now, the next update tries again; until then, records are read one release at a time.
      .catch((thrown: unknown) => {
        this.#failure = asStkError(thrown).message;
      })
      .finally(() => {
        this.#verifying = null;
      });
  }

  /** Why the last verification of the whole branch failed; `null` when it succeeded, or runs. */
  get verificationFailure(): string | null {
    return this.#failure;
  }

  async #verify(tip: string, place: RecordsPlace): Promise<void> {
    this.#failure = null;
    const { since } = place;
    const upTo = await this.#index.upTo();
    const isSame = upTo !== null && upTo.branch === place.branch && upTo.since === (since ?? null);
    // Only what arrived during the verification is left.
    if (isSame && (await this.#repo.isAncestor(upTo.tip, tip))) {
      const more = collectAdditions(await this.#repo.graph.changes({ tip, known: [upTo.tip] }));
      if (more.broken.length === 0) return this.#rememberMore(place, upTo.tip, tip, more.added);
    }
    const taken =
      since === undefined ? [] : collectLastWrites(await this.#repo.graph.changes({ tip: since, known: [] }));
    const known = since === undefined ? [] : [since];
    const { added, broken } = collectAdditions(await this.#repo.graph.changes({ tip, known }));
    if (broken.length > 0) {
      this.#found = { place, broken };
      this.#noteFound(place);
      return;
    }
    const records = [...taken, ...added].map((one, position) => ({ ...one, position }));
    await this.#index.forget();
    const { branch } = place;
    await this.#index.remember(records, { branch, since: since ?? null, tip, count: records.length });
  }

  #noteFound(place: RecordsPlace): void {
    const state = this.#state;
    if (this.#found === null || state === null || state.integrity.kind === 'broken') return;
    const message = describeBroken(place.branch, this.#found.broken, null);
    this.#state = { ...state, integrity: { kind: 'broken', reason: 'RecordChanged', message } };
  }
}

function isSamePlace(a: RecordsPlace, b: RecordsPlace): boolean {
  return a.branch === b.branch && a.since === b.since;
}

function keptRef(branch: string): string {
  return `refs/stk/records/${branch}`;
}

function sinceRef(branch: string): string {
  return `refs/stk/records-since/${branch}`;
}

function describeBroken(branch: string, broken: Additions['broken'], kept: string | null): string {
  const [first] = broken;
  const more = broken.length > 1 ? ` and ${broken.length - 1} more` : '';
  const what = first === undefined ? '' : `${short(first.commit)} ${first.how} ${first.path}${more}`;
  const counts = kept === null ? '' : ` The records of ${short(kept)} still count.`;
  return (
    `Records of ${branch} are never changed or removed, but ${what}.${counts} ` +
    'Restore the former branch, or accept this one with records.since: <commit> in stk.yaml.'
  );
}

function short(revision: string): string {
  return revision.slice(0, 12);
}
