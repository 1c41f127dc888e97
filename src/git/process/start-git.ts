// Starts a git process. A failed start becomes a StkError with the reason: without free file descriptors, node returns
// a process without streams, and its unhandled error event would end the Hub.
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { StkError } from '../../kernel/errors.ts';
import { missingGit } from './git-failure.ts';

export interface GitStart {
  /** A work tree or a git directory. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** In a separate process group. */
  readonly detached?: boolean;
}

/** Throws `overloaded` when the system has no descriptors left; other failures come as the process's `error` event. */
export function startGit(args: readonly string[], options: GitStart): ChildProcessWithoutNullStreams {
  const child: ChildProcess = spawn('git', [...args], { ...options, stdio: 'pipe', windowsHide: true });
  if (hasStreams(child)) return child;
  // The event reports the same error again.
  child.once('error', () => undefined);
  throw new StkError('overloaded', 'git could not be started: no file descriptors are left.', { hint });
}

/** The meaning of an `error` event of a process that never started. */
export function startFailure(error: NodeJS.ErrnoException, directory: string): StkError {
  // spawn reports ENOENT for a missing program and for a missing working directory.
  if (error.code === 'ENOENT')
    return missingGit(new Error(`spawn git in ${directory}: ${error.message}`, { cause: error }));
  return new StkError('overloaded', `git could not be started in ${directory}: ${error.message}`, {
    hint,
    cause: error,
  });
}

const hint = 'Give the process more file descriptors (ulimit -n), processes or memory.';

function hasStreams(child: ChildProcess): child is ChildProcessWithoutNullStreams {
  return Boolean(child.stdin) && Boolean(child.stdout) && Boolean(child.stderr);
}
