// Backups of an embedded database: one moment in time while writes run, restored elsewhere; what is torn, altered, foreign or
// too new is refused, and a restore that was killed between its renames is ended by whoever opens the folder next.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFile, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backUpEmbedded, restoreEmbedded } from '../../src/database/embedded/embedded-backup.ts';
import { openEmbedded } from '../../src/database/embedded/embedded-cluster.ts';
import { outsideAddress } from '../../src/database/socket/socket-address.ts';
import { realClock } from '../support/clock.ts';
import { runSql } from '../support/databases/database.ts';
import { openTestCluster } from '../support/databases/pglite.ts';

const limits = { statement: 120_000, lock: 120_000 };
const init = [{ path: 'i.sql', sql: 'create table a (n int); create table b (n int);' }];

describe('a backup of an embedded database', () => {
  let folder: string;
  let file: string;
  let opened: Awaited<ReturnType<typeof openTestCluster>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stk-backup-'));
    file = join(folder, 'one.backup');
    opened = await openTestCluster();
  });
  afterAll(async () => {
    await opened.close();
    await rm(folder, { recursive: true, force: true });
  });
  const backUp = (path: string) =>
    backUpEmbedded({
      directory: opened.directory,
      project: 'shop',
      environment: 'dev',
      environments: ['dev'],
      path,
      at: '2026-11-30T00:00:00.000Z',
    });
  const restore = (path: string, directory: string, more: { replaces?: boolean; project?: string } = {}) =>
    restoreEmbedded({ directory, project: 'shop', path, replaces: false, stamp: '1', ...more });

  it('is one moment in time while writes run, and is restored elsewhere', async () => {
    const database = await opened.cluster.database({ environment: 'dev', init, limits });
    const writes = { done: 0, isStopped: false };
    const both = {
      name: 'both',
      text: 'with x as (insert into a values ($1) returning n) insert into b select n from x',
      mode: 'write',
    } as const;
    const writing = (async () => {
      while (!writes.isStopped) {
        const outcome = await database.execute({
          statement: both,
          values: [writes.done],
          claims: undefined,
          wants: 'count',
          maxRows: 1,
        });
        if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
        writes.done += 1;
      }
    })();
    while (writes.done < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    const atLeast = writes.done;
    const made = await backUp(file);
    const atMost = writes.done + 1;
    writes.isStopped = true;
    await writing;
    await database.close();
    expect(made).toMatchObject({
      header: { project: 'shop', environments: ['dev'] },
      files: expect.any(Number),
    });

    const elsewhere = join(folder, 'elsewhere');
    await expect(restore(file, elsewhere)).resolves.toMatchObject({ kept: null });
    const cluster = await openEmbedded({ directory: elsewhere, clock: realClock });
    const { url } = outsideAddress(cluster.socketPath, 'dev');
    const [row] = await runSql(
      url,
      'select (select count(*) from a) as a, (select count(*) from b) as b, (select max(n) + 1 from a) as last',
    );
    await cluster.close();
    expect(row?.['a']).toBe(row?.['b']);
    expect(row?.['a']).toBe(row?.['last']);
    expect(Number(row?.['a'])).toBeGreaterThanOrEqual(atLeast);
    expect(Number(row?.['a'])).toBeLessThanOrEqual(atMost);
    // What is there makes room only when that is said.
    await expect(restore(file, elsewhere)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('already'),
    });
    await expect(restore(file, elsewhere, { replaces: true })).resolves.toMatchObject({
      kept: join(elsewhere, 'data.before-1'),
    });
    expect((await readdir(elsewhere)).sort()).toEqual(expect.arrayContaining(['data', 'data.before-1']));
  });

  it.each([
    ['torn', async (path: string) => truncate(path, 2000), 'truncated or altered'],
    [
      'altered',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[5000] = (bytes[5000] ?? 0) ^ 1;
        await writeFile(path, bytes);
      },
      'truncated or altered',
    ],
    [
      'of a newer format',
      async (path: string) => {
        const bytes = await readFile(path);
        await writeFile(
          path,
          Buffer.from(bytes.toString('latin1').replace('"format":1', '"format":2'), 'latin1'),
        );
      },
      'has the format 2',
    ],
    ['no backup', async (path: string) => writeFile(path, 'x'.repeat(200)), 'is not a backup'],
  ])('is refused when it is %s, and nothing is made', async (_, spoil, why) => {
    const copy = join(folder, 'spoiled.backup');
    await copyFile(file, copy);
    await spoil(copy);
    const target = join(folder, 'untouched');
    await expect(restore(copy, target)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(why),
    });
    await expect(readdir(target)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is refused for another project, while a Hub has the database, and over a file that is there', async () => {
    await expect(restore(file, join(folder, 'x'), { project: 'other' })).rejects.toThrow(
      'of the project "shop"',
    );
    await expect(restore(file, opened.directory, { replaces: true })).rejects.toMatchObject({
      code: 'state-locked',
    });
    await expect(backUp(file)).rejects.toMatchObject({ code: 'usage' });
  });

  it('is ended by whoever opens the folder, if the restore was killed between its renames', async () => {
    const directory = join(folder, 'killed');
    await restore(file, directory);
    // As it stands after the old data made room: the new is staged, the marker says so.
    await rename(join(directory, 'data'), join(directory, 'data.restoring'));
    await writeFile(join(directory, 'restore.json'), '{"kept":"data.before-1"}');
    const cluster = await openEmbedded({ directory, clock: realClock });
    const { url } = outsideAddress(cluster.socketPath, 'dev');
    const [row] = await runSql(url, 'select count(*) > 0 as some from a');
    await cluster.close();
    expect(row).toEqual({ some: 't' });
    expect(await readdir(directory)).not.toContain('restore.json');
  });
});
