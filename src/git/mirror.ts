// The bare mirror of a config repo that is named by URL: made once in the state directory, fetched, and pushed to.
// The URL comes from the caller every time and never carries credentials.
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StkError } from '../kernel/errors.ts';
import { remoteHint } from './process/git-failure.ts';
import { redactUrls } from './git-location.ts';
import { runPorcelain } from './process/porcelain.ts';
import { gitText } from './process/run-git.ts';

export interface MirrorOptions {
  readonly url: string;
  /** Holds the mirror; made if it is not there. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds without a sign of life until a fetch or push is given up. */
  readonly timeout: number;
}

export interface Mirror {
  readonly gitDirectory: string;
  /** Gets every branch as it is at the remote, force-pushed and deleted ones too. Throws `git-unavailable`. */
  fetch(): Promise<void>;
  /** The remote's HEAD as a full ref name, as of the last time it could be asked; undefined: not known. */
  head(): Promise<string | undefined>;
  /** Moves `ref` at the remote to `revision`, only forwards. */
  push(revision: string, ref: string): Promise<'pushed' | 'rejected'>;
}

export async function openMirror(options: MirrorOptions): Promise<Mirror> {
  const gitDirectory = join(options.directory, 'mirror.git');
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const isThere = await stat(join(gitDirectory, 'HEAD')).then(
    () => true,
    () => false,
  );
  if (!isThere) await runPorcelain(options, ['init', '--quiet', '--bare', '--', gitDirectory]);
  const environment = { ...options.environment, GIT_DIR: gitDirectory };
  const porcelain = { directory: gitDirectory, environment, timeout: options.timeout };

  return {
    gitDirectory,
    async fetch() {
      // Housekeeping may run, but not in a process that outlives this one.
      const flags = ['--prune', '--no-tags', '--force', '--no-write-fetch-head', '--verbose'];
      const fetch = [
        '-c',
        'gc.autoDetach=false',
        'fetch',
        ...flags,
        '--',
        options.url,
        '+refs/heads/*:refs/heads/*',
      ];
      await unavailableUnlessKnown(options, runPorcelain(porcelain, fetch));
    },
    async head() {
      const answer = await unavailableUnlessKnown(
        options,
        runPorcelain(porcelain, ['ls-remote', '--symref', '--', options.url, 'HEAD']),
      );
      const ref = /^ref: (refs\/\S+)\tHEAD$/m.exec(answer)?.[1];
      // Kept in the mirror's own HEAD, for a start while the remote is away.
      if (ref !== undefined)
        await gitText({ directory: gitDirectory, environment, args: ['symbolic-ref', 'HEAD', ref] });
      return ref;
    },
    async push(revision, ref) {
      try {
        await runPorcelain(porcelain, [
          'push',
          '--porcelain',
          '--no-verify',
          '--no-signed',
          '--',
          options.url,
          `${revision}:${ref}`,
        ]);
        return 'pushed';
      } catch (thrown) {
        const said = thrown instanceof Error ? thrown.message : '';
        if (isPushRace(said)) return 'rejected';
        throw thrown;
      }
    },
  };
}

/** Whether a push failed because somebody else moved, or is just moving, the ref. */
export function isPushRace(said: string): boolean {
  return /\[rejected\]|non-fast-forward|fetch first|stale info|cannot lock ref|failed to update ref|incorrect old value|reference already exists|failed to lock/i.test(
    said,
  );
}

// Whatever else keeps a remote from being read, it may be readable later.
async function unavailableUnlessKnown<T>(options: MirrorOptions, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (!(thrown instanceof StkError)) throw thrown;
    if (['git-missing', 'git-ownership', 'git-format'].includes(thrown.code)) throw thrown;
    throw new StkError(
      'git-unavailable',
      `The config repo ${redactUrls(options.url)} could not be reached: ${thrown.message}`,
      {
        hint: remoteHint,
        cause: thrown,
      },
    );
  }
}
