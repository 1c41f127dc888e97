// The migrations and the waivers of one commit of the followed branch. Reads regular files only, within bounds.
import { parseWaiver } from '../../documents/project/parse-migrations.ts';
import type { CommitInfo, ConfigRepo, TreeEntry } from '../../git/config-repo.ts';
import { isRegularFile } from '../../git/objects/parse-tree.ts';
import { StkError } from '../../kernel/errors.ts';
import {
  type JudgedWaiver,
  maxWaiverBytes,
  type MigrationFile,
  waiverFolder,
} from '../../model/migration.ts';
import { holdsRole, type People } from '../../model/pipeline/people.ts';
import { formatProblems } from '../../model/problem.ts';

export type FoundMigrations =
  | { readonly ok: true; readonly files: readonly MigrationFile[] }
  | { readonly ok: false; readonly message: string };

const maxFiles = 10_000;
const maxDepth = 8;
const maxBytes = 64 * 1024 * 1024;
const maxWaivers = 1000;
/** The role whose waivers count. */
export const waiverRole = 'migration-waiver';

/** Every text file below `dir`. Throws git's errors. */
export async function readMigrationFiles(
  repo: ConfigRepo,
  revision: string,
  dir: string,
): Promise<FoundMigrations> {
  const folder = await repo.entryAt(revision, dir);
  if (folder?.mode !== '40000') return { ok: false, message: 'there is no such folder in the config repo' };
  const entries = await list(repo, folder.id, '', 0);
  if (entries.length > maxFiles) return { ok: false, message: `it has more than ${maxFiles} files` };
  const files: MigrationFile[] = [];
  let left = maxBytes;
  for (const { path, entry } of entries) {
    try {
      const text = await repo.text(entry.id, left);
      left -= Buffer.byteLength(text);
      files.push({ path, text });
    } catch (thrown) {
      if (!(thrown instanceof StkError)) throw thrown;
      // A file that is not text is no migration.
      if (thrown.code === 'malformed') continue;
      if (thrown.code !== 'too-large') throw thrown;
      return { ok: false, message: `its files have more than ${maxBytes} bytes` };
    }
  }
  return { ok: true, files };
}

async function list(
  repo: ConfigRepo,
  tree: string,
  below: string,
  depth: number,
): Promise<{ readonly path: string; readonly entry: TreeEntry }[]> {
  const found: { path: string; entry: TreeEntry }[] = [];
  for (const entry of await repo.entries(tree)) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.mode === '40000' && depth < maxDepth)
      found.push(...(await list(repo, entry.id, path, depth + 1)));
    else if (isRegularFile(entry)) found.push({ path, entry });
    if (found.length > maxFiles) return found;
  }
  return found;
}

export interface WaiverRules {
  readonly people: People | undefined;
  /** Why a commit does not count, when signatures are required; `undefined` when it counts. */
  judgeCommit(commit: CommitInfo): Promise<string | undefined>;
}

/** Every waiver, with the reason when one does not count. Throws git's errors. */
export async function readWaivers(
  repo: ConfigRepo,
  revision: string,
  rules: WaiverRules,
): Promise<readonly JudgedWaiver[]> {
  const folder = await repo.entryAt(revision, waiverFolder);
  if (folder?.mode !== '40000') return [];
  const entries = (await repo.entries(folder.id)).filter(({ name }) => name.endsWith('.yaml'));
  if (entries.length > maxWaivers)
    throw new StkError('too-large', `${waiverFolder}/ has more than ${maxWaivers} waivers.`);
  return Promise.all(entries.map((entry) => readWaiver({ repo, revision, rules, entry })));
}

async function readWaiver({
  repo,
  revision,
  rules,
  entry,
}: {
  readonly repo: ConfigRepo;
  readonly revision: string;
  readonly rules: WaiverRules;
  readonly entry: TreeEntry;
}): Promise<JudgedWaiver> {
  const name = entry.name.slice(0, -'.yaml'.length);
  const broken = (refusal: string): JudgedWaiver => ({
    migration: name,
    reason: '',
    until: undefined,
    refusal,
  });
  if (!isRegularFile(entry)) return broken('it is not a regular file');
  let text: string;
  try {
    text = await repo.text(entry.id, maxWaiverBytes);
  } catch (thrown) {
    const isBroken = thrown instanceof StkError && ['too-large', 'malformed'].includes(thrown.code);
    if (!isBroken) throw thrown;
    return broken(thrown.message);
  }
  const parsed = parseWaiver(text, { name });
  if (!parsed.ok) return broken(formatProblems(parsed.problems));
  const path = `${waiverFolder}/${entry.name}`;
  // The author of its current content.
  const writer = (await repo.graph.touching({ tip: revision, known: [], path })).at(-1);
  if (writer === undefined) return { ...parsed.value, refusal: 'no commit wrote it' };
  const commit = await repo.commit(writer);
  const refusal = holdsRole(rules.people, waiverRole, commit.mail)
    ? await rules.judgeCommit(commit)
    : `${commit.mail} does not have the role ${waiverRole}`;
  return { ...parsed.value, refusal };
}
