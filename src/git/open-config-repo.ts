// Opens the config repo that the Hub follows: a local repository, or the mirror of a URL. Finds the ref to follow and
// refuses repositories that it cannot follow. git-config-repo.ts reads it.
import { resolve } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { StkError } from '../kernel/errors.ts';
import type { ConfigRepo } from './config-repo.ts';
import { GitConfigRepo } from './git-config-repo.ts';
import {
  gitEnvironment,
  readingEnvironment,
  tokenExtra,
  type Environment,
} from './process/git-environment.ts';
import { redactUrls, parseGitLocation } from './git-location.ts';
import { locateRepository } from './locate-repository.ts';
import { openMirror } from './mirror.ts';
import { createRefReader, type RefReader } from './refs/read-ref.ts';
import { runGit } from './process/run-git.ts';

export interface OpenConfigRepoOptions {
  /** Path or URL (https, ssh, file). */
  readonly location: string;
  /** Branch name or full ref; `undefined` for the branch that HEAD names. */
  readonly ref?: string | undefined;
  /** For a URL: where the mirror is kept. Not used for a path. */
  readonly stateDirectory: string;
  /** The process's environment; GIT_* variables that name another repository are removed. */
  readonly environment: Environment;
  /** STK_GIT_TOKEN. */
  readonly token?: string | undefined;
  readonly clock: Clock;
  /** Release that a pointer file's text names; `undefined` when it cannot be read. */
  readonly readPointer: (text: string) => string | undefined;
  /** STK_SIGNING_KEY: the file of the key that the Hub's own commits are signed with. */
  readonly signingKey?: string | undefined;
  /** Milliseconds without output until a fetch or push is ended; default 30,000. */
  readonly networkTimeout?: number;
  /** Aborts when it is no longer needed: all contact with the remote ends, also during opening. */
  readonly signal?: AbortSignal;
}

const defaultNetworkTimeout = 30_000;

/**
 * Throws `not-a-config-repo`, `git-ref`, `git-format`, `git-ownership`, `git-missing`, `usage` (a URL with credentials);
 * for a URL `git-unavailable` when it cannot be fetched and there is no earlier mirror to read.
 */
export async function openConfigRepo(options: OpenConfigRepoOptions): Promise<ConfigRepo> {
  const location = parseGitLocation(options.location);
  if (location.kind === 'path') return openLocal(options, resolve(location.path));
  const environment = gitEnvironment(options.environment, tokenExtra(location.url, options.token));
  const mirror = await openMirror({
    url: location.url,
    directory: options.stateDirectory,
    environment,
    timeout: options.networkTimeout ?? defaultNetworkTimeout,
    clock: options.clock,
    signal: options.signal,
  });
  const readRef = createRefReader(mirror.gitDirectory);
  const ref =
    options.ref === undefined
      ? await knownIfAway(mirror.head(), () => symbolicHead(mirror.gitDirectory, environment), readRef)
      : await fullRef(options.ref, mirror.gitDirectory, environment);
  if (ref === undefined) throw detachedHead(redactUrls(location.url));
  await knownIfAway(
    mirror.fetch(ref).then(() => ref),
    () => Promise.resolve(ref),
    readRef,
  );
  await requireRef(readRef, ref, redactUrls(location.url));
  return new GitConfigRepo({
    location: redactUrls(location.url),
    gitDirectory: mirror.gitDirectory,
    commonDirectory: mirror.gitDirectory,
    workTree: undefined,
    ref,
    readRef,
    mirror,
    environment,
    clock: options.clock,
    readPointer: options.readPointer,
    signingKey: options.signingKey,
  });
}

async function openLocal(options: OpenConfigRepoOptions, path: string): Promise<ConfigRepo> {
  const environment = gitEnvironment(options.environment);
  const place = await locateRepository(path, environment);
  const readRef = createRefReader(place.commonDirectory);
  const ref =
    options.ref === undefined
      ? await symbolicHead(place.gitDirectory, environment)
      : await fullRef(options.ref, place.gitDirectory, environment);
  if (ref === undefined) throw detachedHead(path);
  await requireRef(readRef, ref, path);
  return new GitConfigRepo({
    ...place,
    location: path,
    ref,
    readRef,
    mirror: undefined,
    environment,
    clock: options.clock,
    readPointer: options.readPointer,
    signingKey: options.signingKey,
  });
}

/** The remote's answer; `known` when the remote is unreachable and that ref was fetched before. */
async function knownIfAway(
  asked: Promise<string | undefined>,
  known: () => Promise<string | undefined>,
  readRef: RefReader,
): Promise<string | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (!(thrown instanceof StkError) || thrown.code !== 'git-unavailable') throw thrown;
    const ref = await known();
    if (ref !== undefined && (await readRef(ref)) !== undefined) return ref;
    throw thrown;
  }
}

async function symbolicHead(
  gitDirectory: string,
  environment: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const output = await runGit({
    directory: gitDirectory,
    environment: readingEnvironment(environment, gitDirectory),
    args: ['symbolic-ref', '--quiet', 'HEAD'],
  });
  return output.exitCode === 0 ? output.stdout.toString('utf8').trim() : undefined;
}

async function fullRef(
  given: string,
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const ref = given.startsWith('refs/') ? given : `refs/heads/${given}`;
  const checked = await runGit({
    directory,
    environment: readingEnvironment(environment, directory),
    args: ['check-ref-format', ref],
  });
  if (checked.exitCode === 0) return ref;
  throw new StkError('git-ref', `"${given}" is not a name that a git ref can have.`, {
    hint: 'Name a branch: --ref main',
  });
}

async function requireRef(
  readRef: (ref: string) => Promise<string | undefined>,
  ref: string,
  location: string,
): Promise<void> {
  if ((await readRef(ref)) !== undefined) return;
  throw new StkError('git-ref', `${location} has no commit on ${ref}.`, {
    hint: 'Commit something there first, or name another branch with --ref BRANCH.',
    details: { ref },
  });
}

function detachedHead(location: string): StkError {
  return new StkError(
    'git-ref',
    `The HEAD of ${location} names no branch, so it is not clear which one to follow.`,
    {
      hint: 'Name it with --ref BRANCH.',
    },
  );
}
