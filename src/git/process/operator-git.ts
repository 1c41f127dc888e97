// simple-git, configured for stk: local porcelain commands (init, add, commit, tag, status) with the operator's
// configuration and signing, in the environment of git-environment.ts. Failures are StkErrors. It ends only git and not
// its child processes, so that commands that talk to a remote must use porcelain.ts.
import type { SimpleGit } from 'simple-git';
import { StkError } from '../../kernel/errors.ts';
import { describeGitFailure, missingGit } from './git-failure.ts';
import { subcommandOf } from './run-git.ts';

export interface OperatorGitOptions {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without output until git is ended; default 60,000. */
  readonly timeout?: number;
}

export interface OperatorGit {
  /** Runs one git command and returns its stdout. Throws the StkError that fits git's message. */
  run(...args: readonly string[]): Promise<string>;
}

const remoteCommands: ReadonlySet<string> = new Set(['clone', 'fetch', 'ls-remote', 'pull', 'push']);

// simple-git's guards stop an application that passes untrusted options. stk builds every argument list itself and puts
// untrusted names after `--`. The operator's editor, signing program and helpers must work.
const operatorMayUse = {
  allowUnsafeAlias: true,
  allowUnsafeAskPass: true,
  allowUnsafeCommandBinaries: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeDiffExternal: true,
  allowUnsafeDiffTextConv: true,
  allowUnsafeEditor: true,
  allowUnsafeExec: true,
  allowUnsafeFilter: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGitProxy: true,
  allowUnsafeGpgProgram: true,
  allowUnsafeHooksPath: true,
  allowUnsafeInclude: true,
  allowUnsafeMergeDriver: true,
  allowUnsafePack: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
  allowUnsafeSubmodule: true,
  allowUnsafeTemplateDir: true,
  allowUnsafeUrlRewrite: true,
} as const;

/** Loaded on first use: a promotion does not need it. */
export async function openOperatorGit(options: OperatorGitOptions): Promise<OperatorGit> {
  const { directory, environment, signal, timeout = 60_000 } = options;
  const { simpleGit } = await import('simple-git');
  const git: SimpleGit = simpleGit({
    baseDir: directory,
    maxConcurrentProcesses: 1,
    // By default, output later than 50 ms after git's exit is lost, and on a busy machine that is the reason of a
    // failure. The end of its output ends the wait; the limit is for programs that git left running, such as a
    // credential cache.
    completion: { onClose: true, onExit: 5_000 },
    timeout: { block: timeout },
    allowEnvironment: Object.keys(environment),
    unsafe: operatorMayUse,
    // Otherwise a failure without stderr output would count as success.
    errors: (error, result) => {
      if (error !== undefined) return error;
      if (result.exitCode === 0) return undefined;
      return Buffer.concat([...result.stdErr, ...result.stdOut]);
    },
    ...(signal === undefined ? {} : { abort: signal }),
  }).env(environment);
  return {
    async run(...args) {
      const command = subcommandOf(args);
      if (remoteCommands.has(command)) throw new StkError('internal', `git ${command} may talk to a remote.`);
      try {
        return await git.raw([...args]);
      } catch (thrown) {
        throw failureFrom(thrown, { command, directory, timeout, signal });
      }
    },
  };
}

function failureFrom(
  thrown: unknown,
  asked: {
    readonly command: string;
    readonly directory: string;
    readonly timeout: number;
    readonly signal: AbortSignal | undefined;
  },
): StkError {
  const { command, directory, timeout, signal } = asked;
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  if (signal?.aborted === true)
    return new StkError('git-failed', `git ${command} was interrupted.`, {
      details: { aborted: true },
      cause: thrown,
    });
  if (/spawn git ENOENT/.test(said)) return missingGit(thrown);
  if (/block timeout reached/.test(said))
    return new StkError('git-failed', `git ${command} printed nothing for ${timeout} ms and was ended.`, {
      details: { silent: true },
      cause: thrown,
    });
  return describeGitFailure({ command, exitCode: undefined, stderr: said, directory });
}
