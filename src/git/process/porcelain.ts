// Runs git commands that talk to remotes or run the operator's hooks and signing. They are limited by silence, not by
// time, and ended with all their child processes. Failures are StkErrors.
import { closeSync, openSync } from 'node:fs';
import { errnoOf } from '../../kernel/errno.ts';
import { StkError } from '../../kernel/errors.ts';
import { describeGitFailure, remoteHint } from './git-failure.ts';
import { runGit, subcommandOf, type GitOutput } from './run-git.ts';

export interface PorcelainOptions {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without output until git is ended; default 60,000. */
  readonly timeout?: number;
  /** Nobody can enter a passphrase; `undefined` to check whether there is a terminal. */
  readonly unattended?: boolean;
}

/** Runs git and returns its stdout; throws the StkError that fits git's message. */
export async function runPorcelain(options: PorcelainOptions, args: readonly string[]): Promise<string> {
  const output = await tryPorcelain(options, args);
  if (output.exitCode === 0) return output.stdout.toString('utf8');
  throw porcelainFailure(options.directory, args, output);
}

/**
 * As {@link runPorcelain}, but any exit code is an outcome. Throws `git-missing`, `git-failed`, `git-unavailable` (a
 * silent remote).
 */
export async function tryPorcelain(options: PorcelainOptions, args: readonly string[]): Promise<GitOutput> {
  const { directory, environment, signal, timeout = 60_000 } = options;
  const isGroup = options.unattended ?? !hasTerminal();
  try {
    return await runGit({ directory, environment, args, signal, silence: timeout, isGroup });
  } catch (thrown) {
    const isSilent = thrown instanceof StkError && thrown.details['silent'] === true;
    const command = subcommandOf(args);
    if (!isSilent || !['fetch', 'push', 'ls-remote'].includes(command)) throw thrown;
    throw new StkError(
      'git-unavailable',
      `git ${command} got no answer from the remote for ${timeout / 1000} s and was ended.`,
      { hint: remoteHint, details: { command }, cause: thrown },
    );
  }
}

export function porcelainFailure(directory: string, args: readonly string[], output: GitOutput): StkError {
  const stderr = `${output.stderr}${output.stdout.toString('utf8')}`;
  return describeGitFailure({ command: subcommandOf(args), exitCode: output.exitCode, stderr, directory });
}

/** ssh and gpg ask for a passphrase at the terminal, which a process in another group does not have. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch (error) {
    if (errnoOf(error) !== undefined) return false;
    throw error;
  }
}
