import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LastKnownGoodStore } from '../../src/reconciler/state/last-known-good.ts';
import { aLastKnownGood } from '../support/reconciler/last-known-good.ts';

const folders: string[] = [];

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stk-record-'));
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

describe('the last-known-good on disk', () => {
  it('comes back as it was written, for the owner alone, and is listed', async () => {
    const folder = await aFolder();
    const store = new LastKnownGoodStore(folder);
    await store.write(aLastKnownGood());
    const read = await store.read('prod');
    expect(read).toMatchObject({ kind: 'found', record: { release: 'v1', text: aLastKnownGood().text } });
    expect((await stat(join(folder, 'environment-prod.json'))).mode & 0o077).toBe(0);
    expect(await store.read('dev')).toEqual({ kind: 'absent' });
  });

  it('is refused when any part of it is missing or altered', async () => {
    const folder = await aFolder();
    const store = new LastKnownGoodStore(folder);
    await store.write(aLastKnownGood());
    const path = join(folder, 'environment-prod.json');
    const whole = await readFile(path, 'utf8');
    for (let cut = 0; cut < whole.length - 1; cut += 23) {
      await writeFile(path, whole.slice(0, cut));
      expect((await store.read('prod')).kind).toBe('corrupt');
    }
    await writeFile(path, whole.replace('"release":"v1"', '"release":"v2"'));
    expect((await store.read('prod')).kind).toBe('corrupt');
  });

  it('is refused when it is not JSON, though its checksum holds', async () => {
    const folder = await aFolder();
    const store = new LastKnownGoodStore(folder);
    const text = 'no JSON';
    const sha256 = createHash('sha256').update(text).digest('hex');
    const head = JSON.stringify({ format: 'stk-last-known-good-1', sha256 });
    for (const whole of [`${head}\n${text}\n`, text, '', '\u0000']) {
      for (const file of ['environment-prod.json', 'project.json'])
        await writeFile(join(folder, file), whole);
      expect((await store.read('prod')).kind).toBe('corrupt');
      expect((await store.readProject()).kind).toBe('corrupt');
    }
  });

  it('rejects where it cannot be written, and the record before stays whole', async () => {
    const folder = await aFolder();
    const store = new LastKnownGoodStore(join(folder, 'file', 'records'));
    await writeFile(join(folder, 'file'), 'no folder');
    await expect(store.write(aLastKnownGood())).rejects.toThrow();
    await chmod(folder, 0o700);
    expect((await store.read('prod')).kind).toBe('corrupt');
  });
});
