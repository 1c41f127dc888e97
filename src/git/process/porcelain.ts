// simple-git, set up for stk: the operator's git configuration, hooks and signing apply, the environment is the
// one of git-environment.ts, and a failure is a StkError. For fetch, push, commits and tags.
import type { SimpleGit } from 'simple-git';
import { describeGitFailure, missingGit } from './git-failure.ts';

export interface PorcelainOptions {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without any output until git is ended; 60,000 unless said. */
  readonly timeout?: number;
}

// simple-git's guards stop an application that hands it untrusted options. stk builds every argument list itself
// and puts untrusted names after `--`, while the operator's editor, SSH command and helpers have to work.
const operatorMayUse = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeEditor: true,
  allowUnsafeExec: true,
  allowUnsafeGitProxy: true,
  allowUnsafeGpgProgram: true,
  allowUnsafeHooksPath: true,
  allowUnsafePager: true,
  allowUnsafeSshCommand: true,
  allowUnsafeUrlRewrite: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeInclude: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeTemplateDir: true,
} as const;

/** Runs `args` through simple-git and gives stdout; throws the StkError that fits what git said. */
export async function runPorcelain(options: PorcelainOptions, args: readonly string[]): Promise<string> {
  try {
    return await (await openPorcelain(options)).raw([...args]);
  } catch (thrown) {
    throw porcelainFailure(options.directory, args, thrown);
  }
}

async function openPorcelain(options: PorcelainOptions): Promise<SimpleGit> {
  const { simpleGit } = await import('simple-git');
  return simpleGit({
    baseDir: options.directory,
    maxConcurrentProcesses: 1,
    // By default what arrives 50 ms after git's exit is lost, and on a busy machine that is its reason for failing. The end
    // of its output ends the wait; the limit is for what git left running with it, such as a credential cache.
    completion: { onClose: true, onExit: 5_000 },
    timeout: { block: options.timeout ?? 60_000 },
    allowEnvironment: Object.keys(options.environment),
    unsafe: operatorMayUse,
    // Without this a failure that printed nothing to stderr would count as success.
    errors: (error, result) => {
      if (error !== undefined) return error;
      return result.exitCode === 0 ? undefined : Buffer.concat([...result.stdErr, ...result.stdOut]);
    },
    ...(options.signal === undefined ? {} : { abort: options.signal }),
  }).env(options.environment);
}

function porcelainFailure(directory: string, args: readonly string[], thrown: unknown): Error {
  const command = args.find((arg) => !arg.startsWith('-') && !arg.includes('=')) ?? '';
  const stderr = thrown instanceof Error ? thrown.message : String(thrown);
  if (/spawn git ENOENT/.test(stderr)) return missingGit(thrown);
  if (/block timeout reached/.test(stderr)) {
    return describeGitFailure({ command, exitCode: undefined, stderr: 'connection timed out', directory });
  }
  return describeGitFailure({ command, exitCode: undefined, stderr, directory });
}
