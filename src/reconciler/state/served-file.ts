// Whether the file of the served release still has the served bytes. Only checked while another release is desired:
// loading the desired one checks its file anyway.
import { proceed, stopForThrown, type Continue, type Stop } from '../stages/stage.ts';
import type { ReleasePlace } from '../stages/load-release.ts';

export type ServedFile = 'unchanged' | 'changed' | 'gone';

export interface ServedBlob {
  readonly release: string;
  readonly blob: string;
}

export async function lookAtServedFile(
  { repo, releases }: ReleasePlace,
  { release, blob }: ServedBlob,
): Promise<Continue<ServedFile> | Stop> {
  try {
    const entry = releases === undefined ? undefined : await repo.entry(releases, `${release}.yaml`);
    if (entry === undefined) return proceed('gone');
    return proceed(entry.id === blob ? 'unchanged' : 'changed');
  } catch (thrown) {
    return stopForThrown(thrown, 'ReleaseUnreadable');
  }
}
