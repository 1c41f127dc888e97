// Freezes and vetoes that are still in force although the tip no longer has them, or has them changed: removing or
// changing one without a counting signature has no effect. Adding one needs no signature.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { freezeFolder, vetoFolder } from '../../model/pipeline/freeze.ts';
import { judgeCommit, type Signers } from './judge-commit.ts';

/** Path → blobs in force beside the one at the tip. */
export type KeptStops = ReadonlyMap<string, readonly string[]>;

/** `since`: the commit from which signatures are required. */
export async function keepStops(signers: Signers, range: { tip: string; since: string }): Promise<KeptStops> {
  const { repo } = signers;
  const { tip, since } = range;
  const held = new Map<string, ReadonlySet<string>>();
  for (const [path, blob] of await stopsAt(repo, since)) held.set(path, new Set([blob]));
  const paths = [freezeFolder, vetoFolder];
  for (const revision of await repo.graph.mainline({ tip, known: [since], paths })) {
    const [parent] = (await repo.commit(revision)).parents;
    const before = parent === undefined ? new Map<string, string>() : await stopsAt(repo, parent);
    const after = await stopsAt(repo, revision);
    for (const path of new Set([...before.keys(), ...after.keys()])) {
      const blob = after.get(path);
      if (blob === before.get(path)) continue;
      const isAdded = !held.has(path);
      const counts = isAdded || (await judgeCommit(signers, { revision, paths: [path] })).counts;
      const kept = counts ? [] : (held.get(path) ?? []);
      const next = new Set([...kept, ...(blob === undefined ? [] : [blob])]);
      if (next.size === 0) held.delete(path);
      else held.set(path, next);
    }
  }
  const now = await stopsAt(repo, tip);
  const beside = [...held].map(
    ([path, blobs]) => [path, [...blobs].filter((blob) => blob !== now.get(path))] as const,
  );
  return new Map(beside.filter(([, blobs]) => blobs.length > 0));
}

async function stopsAt(repo: ConfigRepo, revision: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of [freezeFolder, vetoFolder]) {
    const tree = await repo.entryAt(revision, folder);
    const entries = tree?.mode === '40000' ? await repo.entries(tree.id) : [];
    for (const { name, mode, id } of entries) if (mode.startsWith('100')) found.set(`${folder}/${name}`, id);
  }
  return found;
}
