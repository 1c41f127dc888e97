// Runs one git command without a shell and returns its bytes and exit code. For plumbing, and for the commit of a
// pointer, which must not wait for a library to load; porcelain.ts talks to remotes.
import { errnoOf } from '../../kernel/errno.ts';
import { StkError } from '../../kernel/errors.ts';
import { describeGitFailure } from './git-failure.ts';
import { startFailure, startGit } from './start-git.ts';

export interface GitOutput {
  readonly exitCode: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitCommand {
  /** The directory where it runs: a work tree or a git directory. */
  readonly directory: string;
  /** From {@link gitEnvironment}. */
  readonly environment: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly input?: string | Buffer;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until it is ended; default 60,000. */
  readonly timeout?: number;
  /** Milliseconds without output until it is ended, instead of `timeout`: for commands that run hooks. */
  readonly silence?: number;
  /**
   * Runs in a separate process group, so that git's child processes (ssh, an HTTP helper, a hook) end with it. It then
   * has no terminal for prompts.
   */
  readonly isGroup?: boolean;
}

/** Most bytes of stdout; more is an error. */
const outputLimit = 256 * 1024 * 1024;
const stderrLimit = 64 * 1024;
/** Milliseconds from git's end to the end of its output, which a program left by a hook may hold open. */
const outputGrace = 2_000;

/** Milliseconds that git has to end after the signal. */
const killAfter = 2_000;

/**
 * Any exit code is an outcome. Throws `git-missing`, `git-failed` (timeout, too much output, abort), `overloaded` when
 * git cannot be started.
 */
export function runGit(command: GitCommand): Promise<GitOutput> {
  return new Promise((resolve, reject) => {
    const subcommand = subcommandOf(command.args);
    if (command.signal?.aborted === true) {
      reject(abortedError(subcommand));
      return;
    }
    const child = startGit(command.args, {
      cwd: command.directory,
      env: command.environment,
      detached: command.isGroup === true,
    });
    const kill = (signal: 'SIGTERM' | 'SIGKILL'): void => {
      if (command.isGroup === true && child.pid !== undefined) killGroup(child.pid, signal);
      else child.kill(signal);
    };
    let force: NodeJS.Timeout | undefined;
    let failure: StkError | undefined;
    const stop = (reason: StkError): void => {
      failure ??= reason;
      kill('SIGTERM');
      force ??= setTimeout(kill, killAfter, 'SIGKILL');
    };
    const limit = command.silence ?? command.timeout ?? 60_000;
    const timer = setTimeout(() => {
      const what =
        command.silence === undefined
          ? `did not finish within ${limit} ms`
          : `printed nothing for ${limit} ms`;
      const details = { silent: command.silence !== undefined };
      stop(new StkError('git-failed', `git ${subcommand} ${what} and was ended.`, { details }));
    }, limit);
    const abort = (): void => stop(abortedError(subcommand));
    command.signal?.addEventListener('abort', abort, { once: true });

    const stdout: Buffer[] = [];
    let stdoutBytes = 0;
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (command.silence !== undefined) timer.refresh();
      stdoutBytes += chunk.length;
      if (stdoutBytes > outputLimit)
        stop(new StkError('git-failed', `git ${subcommand} printed more than ${outputLimit} bytes.`));
      else stdout.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (command.silence !== undefined) timer.refresh();
      if (stderr.length < stderrLimit) stderr += chunk;
    });
    let grace: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(timer);
      clearTimeout(grace);
      // The group may outlive git: the rest of it is ended too.
      if (failure !== undefined && command.isGroup === true) kill('SIGKILL');
      clearTimeout(force);
      command.signal?.removeEventListener('abort', abort);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      finish();
      reject(startFailure(error, command.directory));
    });
    const conclude = (code: number | null): void => {
      finish();
      if (failure !== undefined) reject(failure);
      else resolve({ exitCode: code ?? undefined, stdout: Buffer.concat(stdout), stderr });
    };
    child.once('close', conclude);
    child.once('exit', (code) => {
      grace = setTimeout(() => {
        child.off('close', conclude);
        child.stdout.destroy();
        child.stderr.destroy();
        conclude(code);
      }, outputGrace);
    });
    // The child may end without reading its input; its exit code explains it.
    child.stdin.on('error', () => child.stdin.destroy());
    child.stdin.end(command.input ?? '');
  });
}

/** stdout as text without its last newline; for other exit codes than 0 it throws the StkError that fits git's message. */
export async function gitText(command: GitCommand): Promise<string> {
  const output = await gitBytes(command);
  return output.toString('utf8').replace(/\n$/, '');
}

/** stdout as bytes; for other exit codes than 0 it throws the StkError that fits git's message. */
export async function gitBytes(command: GitCommand): Promise<Buffer> {
  const output = await runGit(command);
  if (output.exitCode !== 0) throw failureOf(command, output);
  return output.stdout;
}

export function failureOf(command: GitCommand, output: GitOutput): StkError {
  return describeGitFailure({
    command: subcommandOf(command.args),
    exitCode: output.exitCode,
    stderr: output.stderr === '' ? output.stdout.toString('utf8') : output.stderr,
    directory: command.directory,
  });
}

/** The group may have ended already. */
function killGroup(group: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** The git subcommand of an argument list, for messages. */
export function subcommandOf(args: readonly string[]): string {
  return args.find((arg) => !arg.startsWith('-') && !arg.includes('=')) ?? '';
}

function abortedError(subcommand: string): StkError {
  return new StkError('git-failed', `git ${subcommand} was interrupted.`, { details: { aborted: true } });
}
