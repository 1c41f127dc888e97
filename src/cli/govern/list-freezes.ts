// The names of the freezes at a commit, broken ones included.
import { freezeFolder } from '../../model/pipeline/freeze.ts';
import type { LocalRepo } from '../repo/local-repo.ts';

export async function listFreezes(repo: LocalRepo, revision: string): Promise<readonly string[]> {
  const folder = await repo.reader.entryAt(revision, freezeFolder);
  if (folder?.mode !== '40000') return [];
  const entries = await repo.reader.entries(folder.id);
  return entries.flatMap(({ name }) => (name.endsWith('.yaml') ? [name.slice(0, -'.yaml'.length)] : []));
}
