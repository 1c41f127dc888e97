// Stores a cut release: writes, commits and tags its one file. Refuses an id that already has other bytes.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StkError } from '../../kernel/errors.ts';
import { writeNewFile } from '../../git/clone/work-tree-file.ts';
import { formatCutMessage } from '../../promotion/commit-message.ts';
import type { CutOptions } from './cut-source.ts';
import type { LocalRepo } from './local-repo.ts';

export interface KeptRelease {
  /** The same bytes existed before. */
  readonly already: boolean;
  readonly written: boolean;
  readonly committed: boolean;
  readonly pushed: boolean;
  readonly revision: string | null;
  readonly tag: string | null;
  readonly notes: readonly string[];
}

interface Keeping {
  readonly root: string;
  readonly release: string;
  readonly document: string;
  readonly ref: string;
  readonly options: CutOptions;
}

export async function keepRelease(repo: LocalRepo, keeping: Keeping): Promise<KeptRelease> {
  const { root, release, document, ref, options } = keeping;
  const path = `releases/${release}.yaml`;
  const nothing = {
    already: false,
    written: false,
    committed: false,
    pushed: false,
    revision: null,
    tag: null,
    notes: [],
  };
  const known = await repo.file(options.commit ? await repo.tip() : await repo.resolve('HEAD'), path);
  const onDisk = await readIfThere(join(root, path));
  const places = [
    ...(known !== undefined && known !== document ? ['is committed'] : []),
    ...(onDisk !== undefined && onDisk !== document ? [`already exists as ${path}`] : []),
  ];
  const [place] = places;
  if (options.dryRun === true) {
    const notes = place === undefined ? [] : [`${release} ${place} with other content: use another id`];
    return { ...nothing, already: known === document, notes };
  }
  if (place !== undefined) throw immutable(release, place);
  if (!options.commit) {
    if (onDisk === undefined) await writeNewFile(root, path, document);
    return { ...nothing, already: onDisk !== undefined, written: onDisk === undefined };
  }
  const message = formatCutMessage({ release, ref, schemaFrom: options.schemaFrom });
  if (known !== undefined) {
    const revision = (await repo.releaseCommits(await repo.tip())).get(release)?.revision ?? null;
    const tagged = revision === null ? undefined : await tagIt(repo, { ...keeping, message, revision });
    return { ...nothing, already: true, revision, tag: tagged?.tag ?? null };
  }
  const outcome = await repo.commitRelease({ release, document, message, author: options.author });
  if (outcome.kind === 'lost')
    throw immutable(release, `was added by ${outcome.by} in ${outcome.revision.slice(0, 10)}`);
  const { revision, pushed, notes } = outcome;
  const tagged = await tagIt(repo, { ...keeping, message, revision });
  return {
    already: false,
    written: true,
    committed: true,
    pushed,
    revision,
    tag: tagged?.tag ?? null,
    notes,
  };
}

/** Runs after the commit: a failure reports that the commit was made. */
async function tagIt(
  repo: LocalRepo,
  { release, options, message, revision }: Keeping & { readonly message: string; readonly revision: string },
): Promise<{ readonly tag: string } | undefined> {
  if (options.tag !== true) return undefined;
  try {
    await repo.tag({ name: release, revision, message, author: options.author });
    return { tag: release };
  } catch (error) {
    if (!(error instanceof StkError)) throw error;
    throw new StkError(error.code, `${release} is committed, and was not tagged: ${error.message}`, {
      hint: error.hint ?? `git tag --annotate ${release} ${revision}`,
      details: { ...error.details, committed: true, revision },
      cause: error,
    });
  }
}

function immutable(release: string, where: string): StkError {
  return new StkError('conflict', `${release} ${where} with other content.`, {
    hint: 'A release never changes: use another id. To compare: stk release cut … --dry-run with the same --ref and --created-at.',
    details: { release },
  });
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
