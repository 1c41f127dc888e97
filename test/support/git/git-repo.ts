// Real git repositories in temporary folders, with the machine's own git configuration out of the way.
// It drives the plain `git` binary, so that nothing under test is also what sets the test up.
import { spawn } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What git sees in a test: no global or system configuration, no prompt, a fixed locale. Merge more into it where needed. */
export const gitTestEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/** An identity, and no process that tidies up after each commit. */
const ownSettings =
  '[user]\n\tname = Test Operator\n\temail = operator@example.com\n[maintenance]\n\tauto = false\n[gc]\n\tauto = 0\n';

export interface GitRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestRepo {
  /** The work tree, or the repository itself when it is bare. */
  readonly directory: string;
  /** `file://` URL of the directory. */
  readonly url: string;
  /** Runs git there and gives its stdout without the final newline; throws with stderr when it fails. */
  git(...args: string[]): Promise<string>;
  /** As `git`, with bytes for its stdin. */
  gitWithInput(input: string | Buffer, ...args: string[]): Promise<string>;
  /** As `git`, failures included. */
  tryGit(...args: string[]): Promise<GitRun>;
  /** Writes a file of the work tree, its folders included. */
  write(path: string, text: string): Promise<void>;
  /** Deletes a file of the work tree. */
  delete(path: string): Promise<void>;
  /** Writes `files` (undefined: delete) if any, and commits everything; gives the revision. */
  commit(message: string, files?: Readonly<Record<string, string | undefined>>): Promise<string>;
  /** The commit that a ref names. */
  revision(ref?: string): Promise<string>;
  /** A clone of this repository in a temporary folder of its own; it is removed with this one. */
  clone(options?: { bare?: boolean; depth?: number }): Promise<TestRepo>;
  /** Removes the repository and what was cloned from it. */
  remove(): Promise<void>;
}

export interface TestRepoOptions {
  /** A bare repository. */
  readonly bare?: boolean;
  /** Files of a first commit; undefined: no commit at all. */
  readonly files?: Readonly<Record<string, string>>;
  /** Branch that HEAD names; main. */
  readonly branch?: string;
}

/** Makes a repository with the identity `Test Operator <operator@example.com>` in its own configuration. */
export async function createTestRepo(options: TestRepoOptions = {}): Promise<TestRepo> {
  const branch = options.branch ?? 'main';
  const root = await mkdtemp(join(tmpdir(), 'stk-git-'));
  const directory = join(root, options.bare === true ? 'repo.git' : 'repo');
  await mkdir(directory);
  const repo = openTestRepo(directory, root);
  await initialize(
    options.bare === true ? directory : join(directory, '.git'),
    branch,
    options.bare === true,
  );
  if (options.files === undefined) return repo;
  if (options.bare !== true) {
    await repo.commit('chore: start', options.files);
    return repo;
  }
  await repo.gitWithInput(firstCommit(branch, options.files), 'fast-import', '--quiet', '--date-format=now');
  return repo;
}

/** For `git fast-import`: one start of a process, where a clone, a commit and a push are a dozen. */
function firstCommit(branch: string, files: Readonly<Record<string, string>>): string {
  const texts = Object.entries(files).map(
    ([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
  );
  return `commit refs/heads/${branch}\ncommitter Test Operator <operator@example.com> now\ndata 13\nchore: start\n\n${texts.join('')}`;
}

/** The same functions for a folder that exists already, e.g. a linked worktree; `remove` deletes `root`. */
export function openTestRepo(directory: string, root: string = directory): TestRepo {
  const clones: TestRepo[] = [];
  const run = (input: string | Buffer, args: readonly string[]): Promise<GitRun> =>
    runGit(directory, args, input);
  const orThrow = async (input: string | Buffer, args: readonly string[]): Promise<string> => {
    const result = await run(input, args);
    if (result.exitCode !== 0)
      throw new Error(`git ${args.join(' ')}: exit ${result.exitCode}\n${result.stderr}${result.stdout}`);
    return result.stdout.replace(/\n$/, '');
  };
  const repo: TestRepo = {
    directory,
    url: `file://${directory}`,
    git: (...args) => orThrow('', args),
    gitWithInput: (input, ...args) => orThrow(input, args),
    tryGit: (...args) => run('', args),
    async write(path, text) {
      const full = join(directory, path);
      await mkdir(dirname(full), { recursive: true });
      await writeFile(full, text);
    },
    delete: (path) => rm(join(directory, path)),
    async commit(message, files = {}) {
      for (const [path, text] of Object.entries(files)) {
        await (text === undefined ? repo.delete(path) : repo.write(path, text));
      }
      // One start of a process for both: from a worker of some hundred megabytes it takes longer than they do.
      const both = 'git add --all && exec git commit --quiet --allow-empty --cleanup=verbatim -m "$0"';
      const { exitCode, stderr } = await runProgram('/bin/sh', directory, ['-c', both, message], '');
      if (exitCode !== 0) throw new Error(`git commit: exit ${exitCode}\n${stderr}`);
      return (await headOf(directory)) ?? repo.revision();
    },
    revision: (ref = 'HEAD') => repo.git('rev-parse', '--verify', `${ref}^{commit}`),
    async clone(cloneOptions = {}) {
      const cloneRoot = await mkdtemp(join(tmpdir(), 'stk-git-'));
      const target = join(cloneRoot, cloneOptions.bare === true ? 'clone.git' : 'clone');
      const flags = [
        ...(cloneOptions.bare === true ? ['--bare'] : []),
        ...(cloneOptions.depth === undefined ? [] : [`--depth=${cloneOptions.depth}`]),
      ];
      await repo.git('clone', '--quiet', ...flags, repo.url, target);
      const clone = openTestRepo(target, cloneRoot);
      await appendFile(join(target, cloneOptions.bare === true ? '' : '.git', 'config'), ownSettings);
      clones.push(clone);
      return clone;
    },
    async remove() {
      await Promise.all(clones.map((clone) => clone.remove()));
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return repo;
}

/** Runs git in `directory` with {@link gitTestEnvironment}. */
export function runGit(
  directory: string,
  args: readonly string[],
  input: string | Buffer = '',
): Promise<GitRun> {
  return runProgram('git', directory, args, input);
}

function runProgram(
  program: string,
  directory: string,
  args: readonly string[],
  input: string | Buffer,
): Promise<GitRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: directory, env: gitTestEnvironment, stdio: 'pipe' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({
        exitCode: code ?? -1,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
    child.stdin.on('error', () => child.stdin.destroy());
    child.stdin.end(input);
  });
}

/** What `git init` would make, without starting git: tests make thousands of repositories. */
async function initialize(gitDirectory: string, branch: string, isBare: boolean): Promise<void> {
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'info', 'hooks'])
    await mkdir(join(gitDirectory, folder), { recursive: true });
  await writeFile(join(gitDirectory, 'HEAD'), `ref: refs/heads/${branch}\n`);
  const core = `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = ${isBare}\n`;
  const log = isBare ? '' : '\tlogallrefupdates = true\n';
  await writeFile(join(gitDirectory, 'config'), `${core}${log}${ownSettings}`);
}

/** The commit of the branch that a plain work tree is on; undefined where that takes git to find out. */
async function headOf(directory: string): Promise<string | undefined> {
  try {
    const head = await readFile(join(directory, '.git', 'HEAD'), 'utf8');
    const branch = /^ref: (refs\/heads\/\S+)\n$/.exec(head)?.[1];
    return branch === undefined
      ? undefined
      : (await readFile(join(directory, '.git', branch), 'utf8')).trim();
  } catch {
    return undefined; // a linked work tree, or refs in another format
  }
}
