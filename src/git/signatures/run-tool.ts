// Runs ssh-keygen or gpg once, without a shell, and without the user's environment.
import { spawn } from 'node:child_process';
import { StkError } from '../../kernel/errors.ts';
import { errnoOf } from '../../kernel/errno.ts';

export interface ToolRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Tool {
  readonly program: 'ssh-keygen' | 'gpg';
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly input?: Buffer;
}

const timeout = 30_000;
const packages = { 'ssh-keygen': 'OpenSSH 8.9 or later', gpg: 'GnuPG 2.2 or later' };

/** Any exit code is an outcome. Throws `git-missing` when the program is not installed. */
export function runTool({ program, args, environment, input }: Tool): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { env: environment, stdio: 'pipe', timeout, windowsHide: true });
    const texts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (texts.stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (texts.stderr += chunk));
    child.once('error', (error) => {
      if (errnoOf(error) !== 'ENOENT') reject(error);
      else
        reject(
          new StkError('git-missing', `The program ${program} was not found.`, {
            hint: `Signatures need it: install ${packages[program]}.`,
            cause: error,
          }),
        );
    });
    child.once('close', (exitCode) => resolve({ exitCode, ...texts }));
    child.stdin.on('error', () => child.stdin.destroy());
    child.stdin.end(input ?? '');
  });
}

/**
 * The part of the process's environment for those programs. UTC: times without a zone have the same meaning on every
 * machine.
 */
export function toolEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: environment['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', HOME: '/nonexistent' };
}
