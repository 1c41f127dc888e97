// What an environment's pointer named, commit by commit along the first parents. Facts about a commit are cached,
// because it never changes.
import { readPointerRelease } from '../../documents/edit-pointer.ts';
import { parsePointer } from '../../documents/parse-pointer.ts';
import type { CommitInfo, ConfigRepo } from '../../git/config-repo.ts';
import { isRegularFile } from '../../git/objects/parse-tree.ts';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import { StkError } from '../../kernel/errors.ts';
import { maxPointerBytes, type Pointer } from '../../model/pointer.ts';

/** A release and its content: the git blob id of its file. */
export interface Content {
  readonly release: string;
  readonly digest: string;
}

/** One commit that changed the pointer's file. */
export interface PointerMove {
  readonly commit: CommitInfo;
  /** Position in the chain of first parents, 0 is the oldest. */
  readonly position: number;
  /** `null` when the file is gone, or names no readable release. */
  readonly release: string | null;
  /** `null` when the file is gone or is not a valid pointer. */
  readonly pointer: Pointer | null;
  /** Git blob id of the release's file in this commit, or of its identity if the file came later; `null` when none exists. */
  readonly digest: string | null;
  /** Whether it names another release than before. */
  readonly changesRelease: boolean;
}

const movesKept = 20_000;

export class PointerHistory {
  readonly #repo: ConfigRepo;
  readonly #known = new BoundedCache<PointerMove>(movesKept);

  constructor(repo: ConfigRepo) {
    this.#repo = repo;
  }

  /** Newest first; reads no more than is consumed. `revision`: a commit of the followed branch. */
  async *walk(revision: string, environment: string): AsyncGenerator<PointerMove, void, void> {
    const path = `environments/${environment}.yaml`;
    for (const change of await this.#repo.fileHistory({ revision, path })) {
      const key = `${change.revision} ${environment}`;
      let move = this.#known.get(key);
      if (move === undefined) {
        move = await this.#read(change, path);
        // A release file may come after its pointer.
        if (move.release === null || move.digest !== null) this.#known.set(key, move);
      }
      yield move;
    }
  }

  /** The newest commit in which the pointer's file names another release than in the commit before; `null` when none does. */
  async newestMove(revision: string, environment: string): Promise<PointerMove | null> {
    for await (const move of this.walk(revision, environment)) if (move.changesRelease) return move;
    return null;
  }

  /**
   * The commit that wrote a key of the pointer for its current release. A commit that moves the pointer and keeps the
   * key counts as its writer. For a merge, the newest of its commits that changed the file. `null` when the key is
   * absent.
   */
  async writerOf(
    revision: string,
    environment: string,
    key: 'hold' | 'hotfix' | 'override',
  ): Promise<CommitInfo | null> {
    let written: string | null = null;
    let writer: CommitInfo | null = null;
    for await (const { commit, pointer, changesRelease } of this.walk(revision, environment)) {
      const value: unknown = pointer?.[key];
      const text = value === undefined ? null : JSON.stringify(value);
      if (text === null || (written !== null && text !== written)) break;
      written = text;
      writer = commit;
      if (changesRelease) break;
    }
    if (writer === null || writer.parents.length < 2) return writer;
    const [first = ''] = writer.parents;
    const path = `environments/${environment}.yaml`;
    const brought = await this.#repo.graph.touching({ tip: writer.revision, known: [first], path });
    const newest = brought.at(-1);
    return newest === undefined ? writer : this.#repo.commit(newest);
  }

  async #read(
    change: { revision: string; position: number; before: string | undefined; after: string | undefined },
    path: string,
  ): Promise<PointerMove> {
    const [commit, before, after] = await Promise.all([
      this.#repo.commit(change.revision),
      this.#text(change.before),
      this.#text(change.after),
    ]);
    const release = after === null ? null : (readPointerRelease(after) ?? null);
    const former = before === null ? null : (readPointerRelease(before) ?? null);
    const parsed = after === null ? null : parsePointer(after, { file: path });
    return {
      commit,
      position: change.position,
      release,
      pointer: parsed?.ok === true ? parsed.value : null,
      digest: release === null ? null : await this.#digest(change.revision, release),
      changesRelease: release !== former,
    };
  }

  async #digest(revision: string, release: string): Promise<string | null> {
    const entry = await this.#repo.entryAt(revision, `releases/${release}.yaml`);
    if (entry !== undefined && isRegularFile(entry)) return entry.id;
    return (await this.#repo.releaseIdentity(await this.#repo.resolve(), release))?.blob ?? null;
  }

  /** `null` when the file does not exist, is not text, or exceeds a pointer's size. */
  async #text(blob: string | undefined): Promise<string | null> {
    if (blob === undefined) return null;
    try {
      return await this.#repo.text(blob, maxPointerBytes);
    } catch (thrown) {
      if (thrown instanceof StkError && ['too-large', 'malformed'].includes(thrown.code)) return null;
      throw thrown;
    }
  }
}
