// A Hub that is killed at any moment, over and over: started again it serves what it served or what the pointer names,
// reads its own state without complaint, and has every row that it said it wrote.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { poll, stk, type HubProcess } from '../support/hub/hub-process.ts';
import { openRefMover, preparePointerCommits } from '../support/git/pointer-chain.ts';
import { untilRecorded } from '../support/hub/recorded-release.ts';
import { createShop, shopRelease, type Shop } from '../support/hub/shop.ts';
import { repeats } from '../support/soak.ts';

const open: Shop[] = [];
afterEach(async () => {
  for (const shop of open.splice(0)) await shop.close();
});

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function shopOfTwo(engine: 'pglite' | 'postgres-18'): Promise<Shop> {
  const files = { 'releases/a.yaml': shopRelease('a'), 'releases/b.yaml': shopRelease('b') };
  const shop = await createShop(engine, { files });
  open.push(shop);
  return shop;
}

/** The release that answers first; undefined while nothing does. */
async function firstAnswer(hub: HubProcess): Promise<string | undefined> {
  return poll(60_000, async () => {
    const answer = await hub.call('prod', 'about');
    if (answer.status === 503) return undefined;
    return answer.status === 200 ? JSON.stringify(answer.json) : answer.text;
  });
}

describe('kill -9', () => {
  it.each([
    { engine: 'pglite', kills: repeats(1, 14) },
    { engine: 'postgres-18', kills: repeats(2, 14) },
  ] as const)(
    'at any of $kills moments leaves a Hub on $engine that starts again',
    async ({ engine, kills }) => {
      const random = seeded(20_261_121);
      const shop = await shopOfTwo(engine);
      const names = Array.from({ length: kills }, (_, at) => (at % 2 === 0 ? 'a' : 'b'));
      const revisions = await preparePointerCommits(
        shop.repo,
        names.map((release) => ({ environment: 'prod', release })),
      );
      const mover = openRefMover(shop.repo);
      const written: string[] = [];
      try {
        let hub = await shop.startHub();
        for (const [at, revision] of revisions.entries()) {
          const before = (await hub.status('prod')).serving?.release ?? 'nothing';
          await untilRecorded(shop.state, 'prod', before);
          const email = `kill-${at}@example.com`;
          const acknowledged = hub.call('prod', 'customers.add', { email }).then(
            ({ status }) => status === 200,
            () => false,
          );
          if (at % 2 === 0) await acknowledged;
          await mover.move(revision);
          // The moments differ from round to round: the move is seen, checked, swapped, recorded within some 50 ms.
          await delay(random() * 60);
          await hub.kill9();
          if (await acknowledged) written.push(email);
          if (at % 3 === 2) {
            const starting = await shop.startHub({ until: 'listening' });
            await delay(random() * 700);
            await starting.kill9();
          }

          hub = await shop.startHub({ until: 'listening' });
          const first = await firstAnswer(hub);
          expect([before, names[at]].map((release) => JSON.stringify({ result: { release } }))).toContain(
            first,
          );
          await hub.untilServing('prod', names[at] ?? '');
          expect(hub.stderr()).not.toMatch(/cannot be used|cannot be served|corrupt/);
        }
        const rows = await shop.sql('prod', "select email from customers where email like 'kill-%'");
        expect(rows.map(({ email }) => email)).toEqual(expect.arrayContaining(written));
        expect(written.length).toBeGreaterThanOrEqual(kills / 2);
      } finally {
        await mover.close();
      }
    },
    900_000,
  );

  it('leaves locks that the next Hub takes over, although another process has the old id by now', async () => {
    const shop = await shopOfTwo('pglite');
    const first = await shop.startHub();
    await first.kill9();
    // As after a restart of a container: the ids are given anew, and this one runs.
    await mkdir(join(shop.state, 'embedded'), { recursive: true });
    await writeFile(join(shop.state, 'embedded', 'lock'), `${process.pid}\n`);
    await writeFile(join(shop.state, 'hub.lock'), `${process.pid} 1\n`);

    const second = await shop.startHub();

    expect((await second.call('dev', 'customers.count')).status).toBe(200);
  });

  it('is needed to take a state directory from a running Hub', async () => {
    const shop = await shopOfTwo('pglite');
    const first = await shop.startHub();

    const args = ['hub', '--repo', shop.repo.directory, '--state', shop.state, '--listen', '127.0.0.1:0'];
    const second = await stk(args, { cwd: '/' });

    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`pid ${first.pid}`);
    expect(second.stderr).toContain('--state');
    expect((await first.call('dev', 'customers.count')).status).toBe(200);
  });
});
