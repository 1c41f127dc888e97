// A folder whose disk can be filled: a file system of 2 MB in memory where the machine lets us mount one (root on
// Linux); elsewhere a folder in which the Hub's records cannot be written because something stands in their place.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  /** From now on nothing can be written. */
  fill(): Promise<void>;
  free(): Promise<void>;
  close(): Promise<void>;
}

const megabytes = 2;

export async function createSmallDisk(): Promise<SmallDisk> {
  const root = await mkdtemp(join(tmpdir(), 'stk-test-disk-'));
  const path = join(root, 'state');
  await mkdir(path);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path]).status === 0;
  const ballast = join(path, 'ballast');
  const records = join(path, 'last-known-good');
  const aside = join(root, 'aside');
  return {
    path,
    async fill() {
      if (!mounted) {
        await rename(records, aside);
        return writeFile(records, '');
      }
      // What is left after the last whole page that fits is nothing.
      for (let size = megabytes * 1024 * 1024; size >= 4096; size /= 2) {
        while (await append(ballast, size));
      }
    },
    async free() {
      // The Hub makes the folder of its records anew.
      return rm(mounted ? ballast : records);
    },
    async close() {
      if (mounted) spawnSync('umount', ['--lazy', path]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function append(file: string, size: number): Promise<boolean> {
  return writeFile(file, Buffer.alloc(size), { flag: 'a' }).then(
    () => true,
    () => false,
  );
}
