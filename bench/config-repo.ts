// Config repos of any size, made by `git fast-import`, with commits prepared ahead of the branch; and a branch that
// moves without a process start, so that neither is part of what is measured.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';

/** What git sees: none of this machine's configuration. */
export const gitEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
};

export interface Commit {
  readonly subject: string;
  readonly files: Readonly<Record<string, string>>;
  /** Mail address of the author; undefined: the operator's. */
  readonly by?: string;
}

export interface BenchRepo {
  readonly directory: string;
  /** The `.git` folder. */
  readonly gitDirectory: string;
  /** Adds commits behind the newest one, without moving `main`; gives their ids in order. */
  prepare(commits: readonly Commit[]): Promise<string[]>;
  /** Adds commits to a branch; gives their ids in order. */
  append(branch: string, commits: readonly Commit[]): Promise<string[]>;
  git(...args: string[]): Promise<string>;
}

const preparedRef = 'refs/bench/prepared';

export async function createRepo(directory: string, commits: Iterable<Commit>): Promise<BenchRepo> {
  await mkdir(directory, { recursive: true });
  const git = (...args: string[]): Promise<string> => runGit(directory, args);
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Bench Operator');
  await git('config', 'user.email', 'operator@example.com');
  await importCommits(directory, 'refs/heads/main', commits);
  await git('update-ref', preparedRef, 'refs/heads/main');
  await git('repack', '-adq');
  return {
    directory,
    gitDirectory: `${directory}/.git`,
    prepare: (more) => importCommits(directory, preparedRef, more),
    append: (branch, more) => importCommits(directory, `refs/heads/${branch}`, more),
    git,
  };
}

let secondsOfHistory = 0;

/** Continues `ref` where it stands. */
async function importCommits(directory: string, ref: string, commits: Iterable<Commit>): Promise<string[]> {
  const before = await runGit(directory, ['rev-parse', '--verify', '--quiet', ref]).catch(() => '');
  const importer = spawn('git', ['fast-import', '--quiet', '--done'], {
    cwd: directory,
    env: gitEnvironment,
  });
  const finished = finish(importer, 'git fast-import');
  let parent = before.trim();
  let count = 0;
  for (const { subject, files, by = 'operator@example.com' } of commits) {
    secondsOfHistory += 1;
    const who = `Bench Operator <${by}> ${1_790_000_000 + secondsOfHistory} +0000`;
    let text = `commit ${ref}\nmark :${(count += 1)}\ncommitter ${who}\n${dataOf(subject)}`;
    if (parent !== '') text += `from ${parent}\n`;
    for (const [path, content] of Object.entries(files))
      text += `M 100644 inline ${path}\n${dataOf(content)}`;
    parent = '';
    if (!importer.stdin.write(text)) await new Promise((resolve) => importer.stdin.once('drain', resolve));
  }
  importer.stdin.end('done\n');
  await finished;
  if (count === 0) return [];
  const range = before.trim() === '' ? ref : `${before.trim()}..${ref}`;
  return (await runGit(directory, ['rev-list', '--reverse', range])).trim().split('\n');
}

function dataOf(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

async function runGit(directory: string, args: readonly string[]): Promise<string> {
  return finish(spawn('git', args, { cwd: directory, env: gitEnvironment }), `git ${args[0] ?? ''}`);
}

/** Resolves with stdout. */
function finish(child: ChildProcessWithoutNullStreams, what: string): Promise<string> {
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(stdout).toString('utf8'));
      else reject(new Error(`${what}: exit ${String(code)}\n${stderr}`));
    });
  });
}

export interface BranchMover {
  /** Has git move `main`; gives performance.now() right before. */
  move(revision: string): number;
  stop(): Promise<void>;
}

/** One `git update-ref --stdin` that makes a transaction of every move. */
export async function openBranchMover(directory: string): Promise<BranchMover> {
  const git = spawn('git', ['update-ref', '--stdin'], { cwd: directory, env: gitEnvironment });
  const finished = finish(git, 'git update-ref');
  // Whoever stops it is told; until then a failure shows as a release that is never served.
  finished.catch(() => undefined);
  return {
    move(revision) {
      const at = performance.now();
      git.stdin.write(`start\nupdate refs/heads/main ${revision}\nprepare\ncommit\n`);
      return at;
    },
    async stop() {
      git.stdin.end();
      await finished;
    },
  };
}
