// One command of the built command line in a process group of its own, to be interrupted as Ctrl-C in a terminal does it:
// the command and whatever git and hooks it started get the signal together.
import { spawn } from 'node:child_process';
import { builtCommand, type StkResult } from './hub-process.ts';
import { gitTestEnvironment } from '../git/git-repo.ts';

export interface InterruptibleStk {
  /** What it has printed so far. */
  stderr(): string;
  /** SIGINT to the whole group. */
  interrupt(): void;
  readonly ended: Promise<StkResult>;
}

export function startInterruptible(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): InterruptibleStk {
  const child = spawn(process.execPath, [builtCommand, ...args], {
    cwd,
    env: { ...gitTestEnvironment, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<StkResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const text = Buffer.concat(stdout).toString();
      const json: unknown = text.startsWith('{') ? JSON.parse(text) : undefined;
      resolve({ code: code ?? -1, stdout: text, stderr: Buffer.concat(stderr).toString(), json });
    });
  });
  return {
    stderr: () => Buffer.concat(stderr).toString(),
    interrupt() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    },
    ended,
  };
}
