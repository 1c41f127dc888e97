// Many prepared pointer commits, and a way to move a branch along them as fast as git can: one `git fast-import` makes
// them, one long-lived `git update-ref --stdin` moves the ref.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { aPointer } from '../documents/release.ts';
import { gitTestEnvironment, type TestRepo } from './git-repo.ts';

export interface PointerMove {
  readonly environment: string;
  readonly release: string;
}

/** One commit a move, each on the one before, the first on main; main itself stays. Gives the revisions in order. */
export async function preparePointerCommits(
  repo: TestRepo,
  moves: readonly PointerMove[],
): Promise<readonly string[]> {
  const start = await repo.revision('main');
  const commits = moves.map(({ environment, release }, at) => {
    const message = `promote(${environment}): -> ${release}`;
    const text = aPointer(release);
    return [
      `commit refs/heads/prepared`,
      `mark :${at + 1}`,
      `committer Test Operator <operator@example.com> ${1_800_000_000 + at} +0000`,
      `data ${Buffer.byteLength(message)}`,
      message,
      `from ${at === 0 ? start : `:${at}`}`,
      `M 100644 inline environments/${environment}.yaml`,
      `data ${Buffer.byteLength(text)}`,
      text,
    ].join('\n');
  });
  await repo.gitWithInput(`${commits.join('\n')}\n`, 'fast-import', '--quiet', '--force');
  const listed = await repo.git('rev-list', '--reverse', `${start}..refs/heads/prepared`);
  return listed.split('\n');
}

export interface RefMover {
  /** Points the ref at `revision`; resolves when git says that it is done. */
  move(revision: string): Promise<void>;
  close(): Promise<void>;
}

export function openRefMover(repo: TestRepo, ref = 'refs/heads/main'): RefMover {
  const child = spawn('git', ['update-ref', '--stdin'], {
    cwd: repo.directory,
    env: gitTestEnvironment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = new Promise((resolve) => child.once('close', resolve));
  return {
    async move(revision) {
      child.stdin.write(`start\nupdate ${ref} ${revision}\ncommit\n`);
      for (const wanted of ['start: ok', 'commit: ok']) {
        const { value } = await lines.next();
        if (value !== wanted) throw new Error(`git update-ref said ${String(value)}`);
      }
    },
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
