// The bare mirror of a config repo that is named by URL: created in the state directory, fetched, and pushed to. It is
// a cache: files that block git are removed, and a damaged mirror is rebuilt. An unreadable branch does not block the
// followed one. The caller passes the URL every time, always without credentials.
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { StkError } from '../kernel/errors.ts';
import { remoteHint } from './process/git-failure.ts';
import { redactUrls } from './git-location.ts';
import { porcelainFailure, runPorcelain, tryPorcelain, type PorcelainOptions } from './process/porcelain.ts';
import { pushRef, type PushOutcome } from './process/push-ref.ts';
import { gitText, runGit } from './process/run-git.ts';
import { removeLocks } from './remove-locks.ts';

export interface MirrorOptions {
  readonly url: string;
  /** The folder of the mirror; created if missing. Nothing else uses it. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds without output until a fetch or push is ended. */
  readonly timeout: number;
  readonly clock: Clock;
  /** Ends all contact with the remote, as `close` does, also while the mirror is being opened. */
  readonly signal?: AbortSignal | undefined;
}

export interface Mirror {
  readonly gitDirectory: string;
  /** How often it was rebuilt: unreadable objects may have become readable. */
  readonly rebuilds: number;
  /** Fetches the current `ref` of the remote, even when force-pushed or deleted. Throws `git-unavailable`. */
  fetch(ref: string): Promise<void>;
  /** From now on `fetch` also gets this ref when another branch blocks fetching all. */
  alsoFollow(ref: string): void;
  /** The remote's HEAD as a full ref name, from the last successful request; `undefined` when unknown. */
  head(): Promise<string | undefined>;
  /** The remote's tags, in the format of `git ls-remote`. */
  listTags(): Promise<string>;
  /** Moves `ref` at the remote forward to `revision`. */
  push(revision: string, ref: string): Promise<PushOutcome>;
  /** An object could not be read: the next fetch rebuilds the mirror. */
  suspect(): void;
  /** Ends all contact with the remote, and housekeeping. */
  close(): Promise<void>;
}

/** Deleted branches are pruned. An answer without the followed ref is an error before anything is pruned. */
const everyBranch = ['--prune', '+refs/heads/*:refs/heads/*'];
/** Milliseconds between two rebuilds, so that objects that the remote lacks are not fetched constantly. */
const rebuildEvery = 10 * 60_000;
/** Milliseconds between two checks of whether the mirror needs packing, and until a silent one is ended. */
const maintainEvery = 60 * 60_000;
const maintenanceTimeout = 10 * 60_000;

export async function openMirror(options: MirrorOptions): Promise<Mirror> {
  const { directory, clock } = options;
  const gitDirectory = join(directory, 'mirror.git');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const isThere = await stat(join(gitDirectory, 'HEAD')).then(
    () => true,
    () => false,
  );
  await removeHalfMade(directory);
  if (isThere) await removeLocks(gitDirectory);
  else await rm(gitDirectory, { recursive: true, force: true });
  if (!isThere) await makeBare(options, gitDirectory);
  const stopping = new AbortController();
  const signal =
    options.signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, options.signal]);
  const porcelain = { ...at(options, gitDirectory, signal), directory };
  const beside = new Set<string>();
  let isSuspect = false;
  let rebuilds = 0;
  let rebuiltAt = Number.NEGATIVE_INFINITY;
  let maintainedAt = clock.now();
  let maintaining: Promise<void> | undefined;

  const answered = async (): Promise<string> =>
    unavailableUnlessKnown(
      options,
      // Independent of the mirror's state: this only asks the remote.
      runPorcelain({ ...porcelain, environment: outsideRepository(options) }, [
        'ls-remote',
        '--symref',
        '--',
        options.url,
      ]),
    );

  /** In the background. After a failure it runs again an hour later; a fetch finds damage. */
  function maintainHourly(): void {
    if (maintaining !== undefined || clock.now() - maintainedAt < maintainEvery) return;
    maintainedAt = clock.now();
    const quiet = { ...porcelain, timeout: maintenanceTimeout };
    maintaining = tryPorcelain(quiet, ['maintenance', 'run', '--auto', '--quiet'])
      .then(() => undefined)
      .catch(() => undefined)
      .finally(() => {
        maintaining = undefined;
      });
  }

  async function rebuild(ref: string): Promise<void> {
    await maintaining;
    rebuiltAt = clock.now();
    const fresh = await mkdtemp(join(directory, 'mirror-'));
    try {
      await makeBare(options, fresh);
      await fetchInto(options, at(options, fresh, signal), ref);
      // stk's own refs exist nowhere else; unreadable ones are lost with the old mirror.
      const own = ['fetch', '--no-tags', '--quiet', '--', gitDirectory, '+refs/stk/*:refs/stk/*'];
      await tryPorcelain(at(options, fresh, signal), own);
      await gitText({ ...at(options, fresh), args: ['symbolic-ref', 'HEAD', ref] });
      const old = `${fresh}-old`;
      await rename(gitDirectory, old);
      await rename(fresh, gitDirectory);
      await rm(old, { recursive: true, force: true });
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
    isSuspect = false;
    rebuilds += 1;
  }

  /** The remote does not have the ref. Only an answer with other refs proves that: an empty one may come from a proxy. */
  async function noteMissing(ref: string): Promise<void> {
    const lines = (await answered()).split('\n').filter((line) => /^[0-9a-f]{40,}\t/.test(line));
    if (lines.some((line) => line.endsWith(`\t${ref}`))) return;
    // For a remote without branches, git prints nothing over HTTP, and the same for an empty page.
    if (lines.length === 0 && /^https?:/.test(options.url))
      throw new StkError(
        'git-unavailable',
        `The config repo ${redactUrls(options.url)} has no branch. The Hub keeps what it fetched before.`,
        { hint: remoteHint },
      );
    await gitText({ ...at(options, gitDirectory), args: ['update-ref', '-d', ref] });
  }

  /** One by one, because some branch is broken. Refs that the remote lacks stay unchanged. */
  async function fetchBeside(ref: string): Promise<void> {
    for (const other of beside) {
      const outcome = other === ref ? 'fetched' : await tryFetch(options, porcelain, other);
      if (outcome instanceof StkError)
        throw new StkError(outcome.code, `${ref} is fetched, but ${other} is not: ${outcome.message}`);
    }
  }

  async function fetchOrMend(ref: string): Promise<void> {
    const mayRebuild = clock.now() - rebuiltAt >= rebuildEvery;
    if (isSuspect && mayRebuild) return rebuild(ref);
    const all = await tryFetch(options, porcelain, ref, everyBranch);
    if (all === 'fetched') return;
    // The broken branch may be another one.
    const first = all === 'missing' ? all : await tryFetch(options, porcelain, ref);
    if (first === 'fetched') return fetchBeside(ref);
    if (first === 'missing') return noteMissing(ref);
    if (first.code === 'git-unavailable') throw first;
    // The remote was reached, so git cannot use the mirror: a lock that a killed git left, or damage.
    await removeLocks(gitDirectory);
    const second = await tryFetch(options, porcelain, ref, everyBranch);
    if (second === 'fetched') return;
    if (second === 'missing') return noteMissing(ref);
    await answered();
    if (!mayRebuild) throw second;
    return rebuild(ref);
  }

  return {
    gitDirectory,
    get rebuilds() {
      return rebuilds;
    },
    fetch: (ref) => unavailableUnlessKnown(options, fetchOrMend(ref)).finally(maintainHourly),
    async head() {
      const ref = /^ref: (refs\/\S+)\tHEAD$/m.exec(await answered())?.[1];
      // Stored in the mirror's own HEAD, for a start while the remote is unreachable.
      if (ref !== undefined)
        await runGit({ ...at(options, gitDirectory), args: ['symbolic-ref', 'HEAD', ref] });
      return ref;
    },
    listTags: () =>
      unavailableUnlessKnown(options, runPorcelain(porcelain, ['ls-remote', '--tags', '--', options.url])),
    push: (revision, ref) =>
      pushRef(porcelain, { remote: options.url, revision, ref, options: ['--no-verify', '--no-signed'] }),
    alsoFollow: (ref) => void beside.add(ref),
    suspect() {
      isSuspect = true;
    },
    async close() {
      stopping.abort();
      await maintaining;
    },
  };
}

async function makeBare(options: MirrorOptions, gitDirectory: string): Promise<void> {
  const { directory, environment } = options;
  await gitText({ directory, environment, args: ['init', '--quiet', '--bare', '--', gitDirectory] });
}

function outsideRepository({ environment, directory }: MirrorOptions): Record<string, string> {
  return { ...environment, GIT_CEILING_DIRECTORIES: dirname(directory) };
}

/** Remains of a rebuild that was killed. */
async function removeHalfMade(directory: string): Promise<void> {
  const names = await readdir(directory);
  const halfMade = names.filter((name) => name.startsWith('mirror-'));
  await Promise.all(halfMade.map((name) => rm(join(directory, name), { recursive: true, force: true })));
}

function at(options: MirrorOptions, gitDirectory: string, signal?: AbortSignal) {
  const environment = { ...options.environment, GIT_DIR: gitDirectory };
  const { directory, timeout } = options;
  return { directory, environment, timeout, signal, unattended: true } satisfies PorcelainOptions;
}

async function fetchInto(options: MirrorOptions, porcelain: PorcelainOptions, ref: string): Promise<void> {
  const all = await tryFetch(options, porcelain, ref, everyBranch);
  const outcome = all instanceof StkError ? await tryFetch(options, porcelain, ref) : all;
  if (outcome instanceof StkError) throw outcome;
  if (outcome === 'missing') throw new StkError('git-ref', `The remote has no ${ref}.`);
}

async function tryFetch(
  options: MirrorOptions,
  porcelain: PorcelainOptions,
  ref: string,
  beside: readonly string[] = ['--no-prune'],
): Promise<'fetched' | 'missing' | StkError> {
  const [prune = '', ...others] = beside;
  const quiet = ['--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'];
  const flags = [prune, ...quiet, '--force', '--verbose', '--progress'];
  const args = ['fetch', ...flags, '--', options.url, `+${ref}:${ref}`, ...others];
  const output = await tryPorcelain(porcelain, args);
  if (output.exitCode === 0) return 'fetched';
  if (/couldn't find remote ref/i.test(output.stderr)) return 'missing';
  return porcelainFailure(porcelain.directory, args, output);
}

// For any other problem, the remote may be readable later.
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
