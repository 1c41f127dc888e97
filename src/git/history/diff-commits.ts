// What commits changed, each against a parent, in one `git diff-tree --stdin` process. Plumbing, because the user's
// configuration changes how `git log` shows merges, the root, renames and more.
import { StkError } from '../../kernel/errors.ts';
import { gitBytes } from '../process/run-git.ts';

export interface CommitDiff {
  readonly gitDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Commits, each with the parent to compare with; without one, its whole content is new. */
  readonly commits: readonly (readonly [revision: string, parent?: string | undefined])[];
  /** Only changes at or below these paths; empty for all. */
  readonly paths: readonly string[];
}

/** One file; an id is `undefined` when there is no regular file on that side. */
export interface PathChange {
  readonly revision: string;
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const timeout = 300_000;

/** In the order of `commits`. */
export async function diffCommits(diff: CommitDiff): Promise<PathChange[]> {
  if (diff.commits.length === 0) return [];
  const args = ['diff-tree', '--stdin', '-r', '--root', '--raw', '--no-renames', '--no-abbrev', '-z'];
  const input = diff.commits.map(([id, parent]) => `${id}${parent === undefined ? '' : ` ${parent}`}\n`);
  const output = await gitBytes({
    directory: diff.gitDirectory,
    environment: diff.environment,
    args: [...args, '--ignore-submodules=none', '--', ...diff.paths],
    input: input.join(''),
    timeout,
  });
  return parseRawDiff(output);
}

/** An id, then `:modes ids status` and a path for each file, each terminated by NUL. */
function parseRawDiff(output: Buffer): PathChange[] {
  const fields = output.toString('utf8').split('\0');
  const changes: PathChange[] = [];
  let revision = '';
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] ?? '';
    if (/^[0-9a-f]{40}$/.test(field)) {
      revision = field;
      continue;
    }
    if (field === '') continue;
    const raw = /^:(\d{6}) (\d{6}) ([0-9a-f]{40}) ([0-9a-f]{40}) [A-Z]\d*$/.exec(field);
    const path = fields[index + 1];
    if (raw === null || path === undefined) {
      const said = JSON.stringify(field.slice(0, 200));
      throw new StkError('git-failed', `stk does not understand the output of git diff-tree: ${said}`);
    }
    index += 1;
    const [, modeBefore = '', modeAfter = '', idBefore = '', idAfter = ''] = raw;
    const before = modeBefore.startsWith('100') ? idBefore : undefined;
    const after = modeAfter.startsWith('100') ? idAfter : undefined;
    if (before !== after) changes.push({ revision, path, before, after });
  }
  return changes;
}
