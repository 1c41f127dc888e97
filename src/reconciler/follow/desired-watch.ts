// The pointer's release, and the commit that last changed it: reported at once from the current commit, and corrected
// in the background when several commits came together.
import type { CommitInfo } from '../../git/config-repo.ts';
import type { Limiter } from '../../kernel/limiter.ts';
import type { Pointer } from '../../model/pointer.ts';
import { readDrill } from '../../promotion/drill-trailers.ts';
import type { DesiredRelease } from '../status/status.ts';
import type { Target } from '../stages/stage.ts';

/** The content of the pointer. */
type NamedRelease = Pick<Pointer, 'release' | 'hold'>;

export class DesiredWatch {
  readonly #background: Limiter;
  readonly #onChange: (desired: DesiredRelease | undefined) => void;
  #current: DesiredRelease | undefined;
  #pointer: string | undefined;
  #named: NamedRelease = { release: '' };
  #isLookedUp = false;

  constructor(background: Limiter, onChange: (desired: DesiredRelease | undefined) => void) {
    this.#background = background;
    this.#onChange = onChange;
  }

  /** The pointer of `target` was read. */
  note({ commit, pointer }: Target, named: NamedRelease): void {
    if (this.#current?.release === named.release && this.#pointer === pointer?.id) return;
    this.#pointer = pointer?.id;
    this.#isLookedUp = false;
    this.#named = named;
    this.#current = describe(named, commit);
    this.#onChange(this.#current);
  }

  /** The pointer names nothing readable. */
  forget(): void {
    if (this.#current === undefined) return;
    this.#current = undefined;
    this.#pointer = undefined;
    this.#onChange(undefined);
  }

  /** Rejects with git's errors. */
  async lookUp({ environment, repo, revision, isNextCommit }: Target, stopping: AbortSignal): Promise<void> {
    if (this.#isLookedUp || this.#current === undefined) return;
    this.#isLookedUp = true;
    // Only that commit can have changed it.
    if (isNextCommit) return;
    const noted = this.#current;
    await this.#background(async () => {
      if (stopping.aborted) return;
      const [change] = await repo.pointerChanges({ revision, environment, limit: 1 });
      if (change === undefined || this.#current !== noted) return;
      const { commit } = change;
      this.#current = describe(this.#named, commit);
      this.#onChange(this.#current);
    });
  }
}

function describe(
  { release, hold }: NamedRelease,
  { revision, by, at, trailers }: CommitInfo,
): DesiredRelease {
  const drill = readDrill(trailers);
  const under = drill?.phase === 'back' ? { drill: drill.id } : {};
  const held = hold === undefined ? {} : { hold: hold.reason };
  return { release, revision, by, at, ...under, ...held };
}
