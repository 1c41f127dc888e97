import { afterEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '../../src/model/parse-project.ts';
import { LastKnownGoodStore, type LastKnownGood } from '../../src/reconciler/last-known-good.ts';

const folders: string[] = [];

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stk-record-'));
  folders.push(folder);
  return folder;
}

function aRecord(): LastKnownGood {
  return {
    environment: 'prod',
    release: 'v1',
    digest: 'd1',
    blob: 'b1',
    revision: 'c1',
    text: 'release: v1\nnotes: "a\\nb"\n',
    settings: {
      name: 'prod',
      database: { kind: 'server', urlFrom: 'PROD_URL', schema: 'public', role: undefined },
      compatibility: 'normal',
      onDrift: 'warn',
      accept: [],
      migrationLock: undefined,
    },
    limits: defaultLimits,
  };
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

describe('the last-known-good on disk', () => {
  it('comes back as it was written, for the owner alone, and is listed', async () => {
    const folder = await aFolder();
    const store = new LastKnownGoodStore(folder);
    await store.write(aRecord());
    const read = await store.read('prod');
    expect(read).toMatchObject({ kind: 'found', record: { release: 'v1', text: aRecord().text } });
    expect((await stat(join(folder, 'environment-prod.json'))).mode & 0o077).toBe(0);
    expect(await store.read('dev')).toEqual({ kind: 'absent' });
  });

  it('is refused when any part of it is missing or altered', async () => {
    const folder = await aFolder();
    const store = new LastKnownGoodStore(folder);
    await store.write(aRecord());
    const path = join(folder, 'environment-prod.json');
    const whole = await readFile(path, 'utf8');
    for (let cut = 0; cut < whole.length - 1; cut += 23) {
      await writeFile(path, whole.slice(0, cut));
      expect((await store.read('prod')).kind).toBe('corrupt');
    }
    await writeFile(path, whole.replace('"release":"v1"', '"release":"v2"'));
    expect((await store.read('prod')).kind).toBe('corrupt');
  });

  it('rejects where it cannot be written, and the record before stays whole', async () => {
    const folder = await aFolder();
    const store = new LastKnownGoodStore(join(folder, 'file', 'records'));
    await writeFile(join(folder, 'file'), 'no folder');
    await expect(store.write(aRecord())).rejects.toThrow();
    await chmod(folder, 0o700);
    expect((await store.read('prod')).kind).toBe('corrupt');
  });
});
