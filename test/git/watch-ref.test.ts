// A branch that moves again as soon as its last move was seen: every move is told, no poll needed.
import { afterEach, describe, expect, it } from '@jest/globals';
import { createRefReader } from '../../src/git/refs/read-ref.ts';
import { watchRef, type RefWatch } from '../../src/git/refs/watch-ref.ts';
import { createTestRepo, type TestRepo } from '../support/git/git-repo.ts';
import { poll } from '../support/hub/hub-process.ts';
import { openRefMover, preparePointerCommits, type RefMover } from '../support/git/pointer-chain.ts';

const opened: { close(): Promise<void> }[] = [];
let repo: TestRepo | undefined;
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  await repo?.remove();
});

describe('the watch of a ref', () => {
  it('tells every one of many moves in quick succession', async () => {
    const moved: TestRepo = await createTestRepo({ files: { 'environments/prod.yaml': 'release: a\n' } });
    repo = moved;
    const moves = Array.from({ length: 60 }, (_, at) => ({ environment: 'prod', release: `v${at}` }));
    const revisions = await preparePointerCommits(moved, moves);
    const read = createRefReader(`${moved.directory}/.git`);
    let seen: string | undefined;
    let looking = Promise.resolve();
    // One after the other: of two at once the older one may be the last to end.
    const look = (): void => {
      looking = looking.then(async () => {
        seen = await read('refs/heads/main');
      });
    };
    const watch: RefWatch = await watchRef(`${moved.directory}/.git`, 'refs/heads/main', look);
    const mover: RefMover = openRefMover(moved);
    opened.push(watch, mover);

    for (const revision of revisions) {
      await mover.move(revision);
      expect(await poll(60_000, () => (seen === revision ? true : undefined))).toBe(true);
    }
  });
});
