// A clone of this repository in a temporary folder with its own built command and a Hub over it, for the commands that
// the documents print. Whoever opens it closes it.
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gitTestEnvironment, runGit } from '../git/git-repo.ts';
import { startHubProcess, type HubProcess } from './hub-process.ts';
import type { InstalledPackage } from './installed-package.ts';

export const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

export interface ServedClone {
  readonly directory: string;
  readonly hub: HubProcess;
  /** Runs a script as a reader would, the Hub's address put in for the documented one; throws unless it exits with 0. */
  run(script: string): Promise<string>;
  /** Throws when git fails. */
  git(...args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** `installed`: the clone is made below a folder with the package, and has no package of its own. */
export async function openServedClone(installed?: InstalledPackage): Promise<ServedClone> {
  const folder = installed?.folder ?? (await mkdtemp(join(tmpdir(), 'stk-test-docs-')));
  const directory = join(folder, 'shop');
  const git = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runGit(args[0] === 'clone' ? projectRoot : directory, args);
    if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  await git('clone', '--quiet', projectRoot, directory);
  // Whatever branch this repository has checked out, the clone has the reader's: main, with its upstream.
  await git('checkout', '--quiet', '-B', 'main');
  await git('config', 'branch.main.remote', 'origin');
  await git('config', 'branch.main.merge', 'refs/heads/main');
  await git('config', 'user.name', 'Test Operator');
  await git('config', 'user.email', 'operator@example.com');
  const bin = join(folder, 'bin');
  if (installed === undefined) await buildInto(directory, bin);
  else {
    await git('rm', '--quiet', 'package.json', 'package-lock.json');
    await git('commit', '--quiet', '--message', 'chore: only the config repo');
  }
  const hub = await startHubProcess({
    repo: directory,
    cwd: directory,
    ...(installed === undefined ? {} : { command: installed.command }),
  });
  const env = {
    ...process.env,
    ...gitTestEnvironment,
    PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    STK_HUB: hub.url,
  };
  return {
    directory,
    hub,
    git,
    async run(script) {
      const commands = script.replaceAll('http://127.0.0.1:8080', hub.url);
      // A block that prints an exit code goes on after the command that gave it.
      const onFailure = commands.includes('$?') ? '' : 'set -e\n';
      const { stdout, stderr } = await promisify(execFile)(
        'bash',
        ['-c', `exec 2>&1\n${onFailure}${commands}`],
        {
          cwd: directory,
          env,
        },
      );
      return stdout + stderr;
    },
    async close() {
      await hub.stop();
      await rm(installed === undefined ? folder : directory, { recursive: true, force: true });
    },
  };
}

/** The command as `npm ci` leaves it in a clone, and `stk` in a folder for the path. */
async function buildInto(directory: string, bin: string): Promise<void> {
  await cp(join(projectRoot, 'dist'), join(directory, 'dist'), { recursive: true });
  await symlink(join(projectRoot, 'node_modules'), join(directory, 'node_modules'));
  await mkdir(bin);
  await writeFile(
    join(bin, 'stk'),
    `#!/bin/sh\nexec "${process.execPath}" "${directory}/dist/main.js" "$@"\n`,
  );
  await chmod(join(bin, 'stk'), 0o755);
}
