// When stk.yaml listed an environment, and since when it has `from` or gates. Separates releases that ran before there
// were gates from those that were only named afterwards.
import { readGovernance } from '../../documents/project/read-governance.ts';
import type { ConfigRepo } from '../../git/config-repo.ts';
import { isRegularFile } from '../../git/objects/parse-tree.ts';
import { BoundedCache } from '../../kernel/bounded-cache.ts';
import { StkError } from '../../kernel/errors.ts';
import type { Content, PointerHistory, PointerMove } from './pointer-history.ts';

const maxProjectBytes = 1024 * 1024;

export class GovernanceHistory {
  readonly #repo: ConfigRepo;
  readonly #pointers: PointerHistory;
  /** By the blob of stk.yaml. */
  readonly #read = new BoundedCache<ReadonlyMap<string, boolean> | null>(1000);

  constructor(repo: ConfigRepo, pointers: PointerHistory) {
    this.#repo = repo;
    this.#pointers = pointers;
  }

  /** Whether the environment has `from` or gates in the stk.yaml of a commit; an unreadable one has none. */
  async isGoverned(revision: string, environment: string): Promise<boolean> {
    const entry = await this.#repo.entryAt(revision, 'stk.yaml');
    if (entry === undefined || !isRegularFile(entry)) return false;
    return (await this.#governance(entry.id))?.get(environment) ?? false;
  }

  /**
   * Whether the pointer named this content in a first-parent commit whose stk.yaml lists the environment, before the
   * first one that gives it `from` or gates. If the first commit with a stk.yaml already does, that one counts.
   */
  async wasNamedBeforeGates(revision: string, environment: string, content: Content): Promise<boolean> {
    const listed = await this.#listedBeforeGates(revision, environment);
    if (listed.length === 0) return false;
    let until = Number.POSITIVE_INFINITY;
    for await (const move of this.#pointers.walk(revision, environment)) {
      const isIt = move.release === content.release && move.digest === content.digest;
      // It is named from this commit until the next one that changed the pointer.
      if (isIt && listed.some((span) => span.from < until && move.position < span.until)) return true;
      until = move.position;
    }
    return false;
  }

  /**
   * The further changes of the newest commit that changed `release:` of the pointer: whether it also changed stk.yaml
   * or trust/, compared with its first parent. `null` when there is no such commit.
   */
  async newestMove(
    revision: string,
    environment: string,
  ): Promise<{
    readonly move: PointerMove;
    /** stk.yaml or trust, if it changed them too. */
    readonly policyFiles: readonly string[];
    readonly isGoverned: boolean;
  } | null> {
    const move = await this.#pointers.newestMove(revision, environment);
    if (move === null) return null;
    const at = move.commit.revision;
    const [parent] = move.commit.parents;
    const isChanged = async (path: string): Promise<boolean> => {
      const before = parent === undefined ? undefined : await this.#repo.entryAt(parent, path);
      return (await this.#repo.entryAt(at, path))?.id !== before?.id;
    };
    const [policy, trust, after, before] = await Promise.all([
      isChanged('stk.yaml'),
      isChanged('trust'),
      this.isGoverned(at, environment),
      parent === undefined ? false : this.isGoverned(parent, environment),
    ]);
    // The first commit of the history has no earlier policy that it could weaken.
    const policyFiles =
      parent === undefined ? [] : [...(policy ? ['stk.yaml'] : []), ...(trust ? ['trust'] : [])];
    return { move, policyFiles, isGoverned: after || before };
  }

  /** Spans of positions (`until` exclusive) in which stk.yaml lists the environment before it first gives it gates. */
  async #listedBeforeGates(
    revision: string,
    environment: string,
  ): Promise<{ readonly from: number; readonly until: number }[]> {
    const spans: { from: number; until: number }[] = [];
    let open: number | null = null;
    const history = (await this.#repo.fileHistory({ revision, path: 'stk.yaml' })).reverse();
    for (const [i, { position, after }] of history.entries()) {
      const governance = after === undefined ? new Map<string, boolean>() : await this.#governance(after);
      // An unreadable file changes nothing: the Hub keeps the previous one in force.
      if (governance === null) continue;
      const isGoverned = governance.get(environment);
      if (isGoverned === true) {
        if (i === 0) spans.push({ from: position, until: position + 1 });
        else if (open !== null) spans.push({ from: open, until: position });
        return spans;
      }
      if (isGoverned === false) open ??= position;
      else if (open !== null) {
        spans.push({ from: open, until: position });
        open = null;
      }
    }
    return open === null ? spans : [...spans, { from: open, until: Number.POSITIVE_INFINITY }];
  }

  async #governance(blob: string): Promise<ReadonlyMap<string, boolean> | null> {
    const known = this.#read.get(blob);
    if (known !== undefined) return known;
    let governance: ReadonlyMap<string, boolean> | null;
    try {
      governance = readGovernance(await this.#repo.text(blob, maxProjectBytes));
    } catch (thrown) {
      if (!(thrown instanceof StkError && ['too-large', 'malformed'].includes(thrown.code))) throw thrown;
      governance = null;
    }
    this.#read.set(blob, governance);
    return governance;
  }
}
