// The slow way to the first-parent history of one folder: `git rev-list` for the chain and `git diff-tree` for what
// changed, in a few processes side by side. directory-history.ts uses it once and then goes on in-process.
import { StkError } from '../../kernel/errors.ts';
import { gitBytes } from '../process/run-git.ts';

export interface HistoryScan {
  readonly gitDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly tip: string;
  /** A folder at the root, e.g. environments. */
  readonly folder: string;
  /** Processes that share the work. */
  readonly processes: number;
}

export interface ScannedHistory {
  /** Oldest first. */
  readonly chain: readonly string[];
  /** In the order of the chain. */
  readonly changes: readonly ScannedChange[];
}

/** One file directly in the folder; an id is undefined where there is no regular file on that side. */
export interface ScannedChange {
  readonly revision: string;
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const scanTimeout = 300_000;

export async function scanHistory(scan: HistoryScan): Promise<ScannedHistory> {
  const common = { directory: scan.gitDirectory, environment: scan.environment, timeout: scanTimeout };
  const listed = await gitBytes({
    ...common,
    args: ['rev-list', '--first-parent', '--end-of-options', scan.tip, '--'],
  });
  const chain = listed.toString('latin1').split('\n').slice(0, -1).reverse();
  const parts = await Promise.all(
    splitChain(chain, scan.processes).map(async (commits) => {
      // Plumbing: `git log` shows merges, the root, renames and more as the user's configuration says.
      const args = ['diff-tree', '--stdin', '-r', '--root', '--raw', '--no-renames', '--no-abbrev', '-z'];
      const input = commits.map((commit) => `${commit.join(' ')}\n`).join('');
      const run = { ...common, args: [...args, '--ignore-submodules=none', '--', scan.folder], input };
      return parseRawDiff(await gitBytes(run), scan.folder);
    }),
  );
  return { chain, changes: parts.flat() };
}

/** Cuts the chain into ranges of about equal length, oldest first: each commit with its first parent. A short chain is one range. */
function splitChain(chain: readonly string[], processes: number): string[][][] {
  const commits = chain.map((id, index) => [id, ...chain.slice(Math.max(index - 1, 0), index)]);
  const length = chain.length < 500 ? chain.length : Math.ceil(chain.length / Math.max(1, processes));
  const ranges: string[][][] = [];
  for (let at = 0; at < commits.length; at += length) ranges.push(commits.slice(at, at + length));
  return ranges;
}

/**
 * Parses `git diff-tree --stdin --raw -z` into changes, in its order: an id, then `:modes ids status` and a path for
 * each file, all ended by NUL.
 */
function parseRawDiff(log: Buffer, folder: string): ScannedChange[] {
  const fields = log.toString('utf8').split('\0');
  const changes: ScannedChange[] = [];
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
      throw new StkError(
        'git-failed',
        `git diff-tree printed what stk does not understand: ${JSON.stringify(field.slice(0, 200))}`,
      );
    }
    index += 1;
    const [, modeBefore = '', modeAfter = '', idBefore = '', idAfter = ''] = raw;
    const name = path.slice(folder.length + 1);
    if (!path.startsWith(`${folder}/`) || name.includes('/')) continue;
    const before = modeBefore.startsWith('100') ? idBefore : undefined;
    const after = modeAfter.startsWith('100') ? idAfter : undefined;
    if (before !== after) changes.push({ revision, name, before, after });
  }
  return changes;
}
