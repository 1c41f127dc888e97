// An environment's pointer file at one revision.
import { readPointerRelease } from '../documents/edit-pointer.ts';
import type { ConfigRepo } from '../git/config-repo.ts';
import { maxPointerBytes } from '../model/pointer.ts';

export interface PointerState {
  readonly revision: string;
  /** The pointer file's blob and text; `undefined` when it does not exist. */
  readonly blob: string | undefined;
  readonly text: string | undefined;
  readonly release: string | undefined;
}

export async function readPointerAt(
  repo: Pick<ConfigRepo, 'tree' | 'entry' | 'text'>,
  environment: string,
  revision: string,
): Promise<PointerState> {
  const { environments } = await repo.tree(revision);
  const entry =
    environments === undefined ? undefined : await repo.entry(environments.id, `${environment}.yaml`);
  if (entry === undefined) return { revision, blob: undefined, text: undefined, release: undefined };
  const text = await repo.text(entry.id, maxPointerBytes);
  return { revision, blob: entry.id, text, release: readPointerRelease(text) };
}
