// Reads a text file that the operator names, up to a size limit.
import { open } from 'node:fs/promises';
import { StkError } from '../../kernel/errors.ts';

export interface TextFileRequest {
  readonly path: string;
  readonly maxBytes: number;
  /** What to do when it cannot be read. */
  readonly hint: string;
}

/** Throws `usage` when it cannot be read or is not UTF-8, `too-large`. */
export async function readTextFile({ path, maxBytes, hint }: TextFileRequest): Promise<string> {
  const refuse = (why: string, cause?: unknown): StkError =>
    new StkError('usage', `cannot read ${path}: ${why}`, { hint, cause });
  let bytes: Buffer;
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > maxBytes)
        throw new StkError('too-large', `${path} has ${size} bytes; the limit is ${maxBytes}`, { hint });
      bytes = await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof StkError) throw error;
    throw refuse(reasonOf(error), error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw refuse('it is not UTF-8 text', error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'its permissions do not allow it',
};

function reasonOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  const known = typeof code === 'string' ? reasons[code] : undefined;
  return known ?? (error instanceof Error ? error.message : String(error));
}
