// Reads text files that an application names, never outside the bounds for links, and never beyond a size.
import type { Stats } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { sep } from 'node:path';

export type ReadText =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** A regular UTF-8 file that is in `within` after its links are followed. */
export async function readBoundedText(
  path: string,
  { within, maxBytes }: { readonly within: string; readonly maxBytes: number },
): Promise<ReadText> {
  try {
    const target = await realpath(path);
    const bounds = await realpath(within);
    if (!isWithin(target, bounds)) return { ok: false, message: `it leads outside ${bounds}, to ${target}` };
    const facts: Stats = await lstat(target);
    if (!facts.isFile()) return { ok: false, message: 'it is not a regular file' };
    if (facts.size > maxBytes)
      return { ok: false, message: `it has ${facts.size} bytes; at most ${maxBytes} are read` };
    const handle = await open(target);
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await handle.readFile());
      return { ok: true, text };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { ok: false, message: reasonOf(error) };
  }
}

export function isWithin(path: string, bounds: string): boolean {
  return path === bounds || path.startsWith(bounds.endsWith(sep) ? bounds : bounds + sep);
}

export function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return 'it is not UTF-8 text';
  if (!(error instanceof Error) || !('code' in error)) return String(error);
  if (error.code === 'ENOENT') return 'it does not exist';
  if (error.code === 'ENOTDIR') return 'it is not a folder';
  return error.message;
}
