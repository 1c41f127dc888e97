import { describe, expect, it } from '@jest/globals';
import { type PiledRelease, listBelow, pileOf } from '../../src/promotion/activation-pile.ts';

/** `v1` is a promotion, `<v1` a rollback, `!v1` one that was taken back. */
function activations(...moves: readonly string[]): PiledRelease[] {
  return moves.map((move, at) => {
    const release = move.replace(/^[<!]/, '');
    const undoneBy = move.startsWith('!') ? 'smoke' : null;
    return { release, digest: release, revision: String(at), at, isRollback: move.startsWith('<'), undoneBy };
  });
}
const pile = (...moves: string[]): string[] => pileOf(activations(...moves)).map(({ release }) => release);
const below = (served: string, ...moves: string[]): string[] =>
  listBelow(activations(...moves), { release: served, digest: served }).map(({ release }) => release);

describe('the pile of activations', () => {
  it('grows by promotions, and loses what lies above the target of a rollback', () => {
    expect(pile('v1', 'v2', 'v3')).toEqual(['v1', 'v2', 'v3']);
    expect(pile('v1', 'v2', 'v3', '<v2')).toEqual(['v1', 'v2']);
    expect(pile('v1', 'v2', 'v3', '<v1', 'v4')).toEqual(['v1', 'v4']);
  });

  it('puts a rollback to a release that is not in it on top, and leaves out what was taken back', () => {
    expect(pile('v1', 'v2', 'v3', '<v1', '<v3')).toEqual(['v1', 'v3']);
    expect(pile('v1', '!v2', '<v1', 'v3')).toEqual(['v1', 'v3']);
  });

  it('says what lies under the served release: two rollbacks in a row go further back, never to and fro', () => {
    expect(below('v3', 'v1', 'v2', 'v3')).toEqual(['v2', 'v1']);
    expect(below('v2', 'v1', 'v2', 'v3', '<v2')).toEqual(['v1']);
    expect(below('v1', 'v1', 'v2', 'v3', '<v2', '<v1')).toEqual([]);
    // The pointer names v3, which is not served.
    expect(below('v2', 'v1', 'v2')).toEqual(['v1']);
  });
});
