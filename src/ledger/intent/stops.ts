// The freezes and vetoes of one commit of the followed branch. They fail closed: an unreadable freeze freezes
// everything, an unreadable veto vetoes.
import { brokenFreeze, brokenVeto, readFreeze, readVeto } from '../../documents/parse-stops.ts';
import type { ConfigRepo, TreeEntry } from '../../git/config-repo.ts';
import { isRegularFile } from '../../git/objects/parse-tree.ts';
import type { KeptStops } from '../trust/kept-stops.ts';
import { StkError } from '../../kernel/errors.ts';
import {
  type Freeze,
  freezeFolder,
  maxStopBytes,
  type Veto,
  vetoFolder,
  vetoPath,
} from '../../model/pipeline/freeze.ts';

const extension = '.yaml';

/** Every freeze, broken ones included. `environments`: all of the project. */
export async function readFreezes(
  repo: ConfigRepo,
  revision: string,
  environments: ReadonlySet<string>,
): Promise<readonly Freeze[]> {
  const folder = await repo.entryAt(revision, freezeFolder);
  if (folder === undefined) return [];
  if (folder.mode !== '40000') return [brokenFreeze(freezeFolder, 'freezes is not a folder')];
  const entries = await repo.entries(folder.id);
  return Promise.all(
    entries.map(async (entry) => {
      const name = entry.name.endsWith(extension) ? entry.name.slice(0, -extension.length) : entry.name;
      if (!entry.name.endsWith(extension)) return brokenFreeze(name, 'its name does not end in .yaml');
      const text = await readStop(repo, entry);
      return text.ok ? readFreeze(text.value, { name, environments }) : brokenFreeze(name, text.why);
    }),
  );
}

/** The veto of a release; `null` when none exists. */
export async function readReleaseVeto(
  repo: ConfigRepo,
  revision: string,
  release: string,
): Promise<Veto | null> {
  const folder = await repo.entryAt(revision, vetoFolder);
  if (folder !== undefined && folder.mode !== '40000') return brokenVeto(release, 'vetoes is not a folder');
  const entry = await repo.entryAt(revision, vetoPath(release));
  if (entry === undefined) return null;
  const text = await readStop(repo, entry);
  return text.ok ? readVeto(text.value, { release }) : brokenVeto(release, text.why);
}

/** Freezes from earlier blobs that are in force beside a commit's files. */
export async function readKeptFreezes(
  repo: ConfigRepo,
  kept: KeptStops,
  environments: ReadonlySet<string>,
): Promise<readonly Freeze[]> {
  const found = [...kept].filter(([path]) => path.startsWith(`${freezeFolder}/`));
  const freezes = found.map(async ([path, blobs]) => {
    const name = path.slice(freezeFolder.length + 1).replace(/\.yaml$/, '');
    const texts = await Promise.all(blobs.map((id) => readBlob(repo, id)));
    return texts.map((text) =>
      text.ok ? readFreeze(text.value, { name, environments }) : brokenFreeze(name, text.why),
    );
  });
  return (await Promise.all(freezes)).flat();
}

/** A veto of the release that is in force although its file is gone or changed. */
export async function readKeptVeto(repo: ConfigRepo, kept: KeptStops, release: string): Promise<Veto | null> {
  const [blob] = kept.get(vetoPath(release)) ?? [];
  if (blob === undefined) return null;
  const text = await readBlob(repo, blob);
  return text.ok ? readVeto(text.value, { release }) : brokenVeto(release, text.why);
}

type Text = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly why: string };

async function readStop(repo: ConfigRepo, entry: TreeEntry): Promise<Text> {
  return isRegularFile(entry) ? readBlob(repo, entry.id) : { ok: false, why: 'it is not a regular file' };
}

async function readBlob(repo: ConfigRepo, id: string): Promise<Text> {
  try {
    return { ok: true, value: await repo.text(id, maxStopBytes) };
  } catch (thrown) {
    const isBroken = thrown instanceof StkError && ['too-large', 'malformed'].includes(thrown.code);
    if (!isBroken) throw thrown;
    return { ok: false, why: thrown.message };
  }
}
