// The content of a commit of the config repo, for decisions about it.
import type { ConfigRepo } from '../git/config-repo.ts';
import type { FilesAt } from './plan.ts';

export function filesAt(repo: Pick<ConfigRepo, 'entryAt' | 'entries'>, revision: string): FilesAt {
  return {
    async names(folder) {
      const entry = await repo.entryAt(revision, folder);
      return entry?.mode === '40000' ? (await repo.entries(entry.id)).map(({ name }) => name) : [];
    },
  };
}
