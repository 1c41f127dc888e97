// What an environment served, as a pile: a promotion puts a release on top, a rollback removes everything above its
// target. Decides what is below the served release. Pure.

export interface PiledRelease {
  readonly release: string;
  /** Git blob id of its file. */
  readonly digest: string;
  /** The pointer commit. */
  readonly revision: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly isRollback: boolean;
  /** The Hub took it back: the previous release was served again. `null` when it did not. */
  readonly undoneBy: string | null;
}

type PiledContent = Pick<PiledRelease, 'release' | 'digest'>;

/** From the bottom. `activations`: the oldest first. */
export function pileOf(activations: readonly PiledRelease[]): readonly PiledRelease[] {
  let pile: readonly PiledRelease[] = [];
  for (const one of activations) {
    if (one.undoneBy !== null) continue;
    const at = pile.findLastIndex((other) => isSame(other, one));
    if (at >= 0 && (one.isRollback || at === pile.length - 1)) pile = pile.slice(0, at + 1);
    else pile = [...pile, one];
  }
  return pile;
}

/** The releases below `served`, the nearest first, each once. All of them when `served` is undefined or not in the pile. */
export function listBelow(
  activations: readonly PiledRelease[],
  served: PiledContent | undefined,
): readonly PiledRelease[] {
  const pile = pileOf(activations);
  const at = served === undefined ? -1 : pile.findLastIndex((one) => isSame(one, served));
  const below = (at < 0 ? pile : pile.slice(0, at)).toReversed();
  return below.filter(
    (one, i) =>
      !(served !== undefined && isSame(one, served)) && below.findIndex((other) => isSame(other, one)) === i,
  );
}

function isSame(a: PiledContent, b: PiledContent): boolean {
  return a.release === b.release && a.digest === b.digest;
}
