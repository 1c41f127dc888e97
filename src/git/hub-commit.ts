// The Hub's own commit: built in memory, put on the ref by compare and swap; for a URL, by pushing that one commit.
//
// Order where the branch is checked out: objects, work tree and index, ref. The ref decides what is served. So after a
// crash before the last step, the Hub still serves the former release, and the change is staged: a repeated commit
// includes it. In the other order, an operator's `git commit -a` could undo a promotion that had taken effect.
import type { Clock } from '../kernel/clock.ts';
import { StkError } from '../kernel/errors.ts';
import { buildCommit } from './objects/build-commit.ts';
import type { CommitReader } from './objects/commit-reader.ts';
import type { HubCommit, HubCommitOutcome } from './config-repo.ts';
import type { Mirror } from './mirror.ts';
import { readingEnvironment } from './process/git-environment.ts';
import { isPushRace, type PushOutcome } from './process/push-ref.ts';
import type { Sign } from './signatures/sign-commit.ts';
import { failureOf, runGit } from './process/run-git.ts';
import { unknownPush } from './unknown-push.ts';
import { dirtyPaths, findCheckout, moveCheckout } from './update-checkout.ts';

export interface HubCommitter {
  readonly reader: CommitReader;
  readonly commonDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly ref: string;
  readonly mirror: Mirror | undefined;
  readonly clock: Clock;
  readRef(ref: string): Promise<string | undefined>;
  fetch(): Promise<void>;
  /** `undefined` when the Hub's commits are not signed. */
  readonly sign: Sign | undefined;
  /** Fetches; whether the ref has the commit now. Throws `git-unavailable`. */
  hasLanded(revision: string): Promise<boolean>;
}

const zeros = '0'.repeat(40);

export async function commitForHub(committer: HubCommitter, change: HubCommit): Promise<HubCommitOutcome> {
  const now = (await committer.readRef(committer.ref)) ?? null;
  if (now !== change.expected) return { kind: 'moved', revision: now };
  const { reader, commonDirectory, clock, sign } = committer;
  const built = await buildCommit({ reader, commonDirectory, change, now: clock.now(), sign });
  if (committer.mirror !== undefined) return pushCommit(committer, committer.mirror, change, built.revision);

  const checkout = await findCheckout(commonDirectory, committer.environment, committer.ref);
  // A missing branch may also be checked out, as an unborn branch; its work tree then has arbitrary content.
  if (checkout === undefined || change.expected === null) return moveRef(committer, change, built.revision);
  const dirty = await dirtyPaths(checkout, built.blobs);
  if (dirty.length > 0) return { kind: 'work-tree-dirty', paths: dirty };
  const moved = await moveCheckout(checkout, change.expected, built.revision);
  if (moved !== 'moved') return { kind: 'work-tree-dirty', paths: moved };
  const outcome = await moveRef(committer, change, built.revision);
  if (outcome.kind === 'moved') {
    // Somebody committed in between. Unless their commit includes our change, the work tree is reset.
    const left = await dirtyPaths(checkout, new Map());
    if (left.some((path) => change.files.has(path)))
      await moveCheckout(checkout, built.revision, change.expected);
  }
  return outcome;
}

async function moveRef(
  committer: HubCommitter,
  change: HubCommit,
  revision: string,
): Promise<HubCommitOutcome> {
  const subject = change.message.split('\n', 1)[0] ?? '';
  const command = {
    directory: committer.commonDirectory,
    environment: {
      ...readingEnvironment(committer.environment, committer.commonDirectory),
      // The reflog requires an identity.
      GIT_COMMITTER_NAME: change.author.name,
      GIT_COMMITTER_EMAIL: change.author.email,
    },
    // An old value of zeros: the ref may not exist yet.
    args: ['update-ref', '-m', `stk: ${subject}`, committer.ref, revision, change.expected ?? zeros],
  };
  const output = await runGit(command);
  if (output.exitCode === 0) return { kind: 'committed', revision };
  const now = (await committer.readRef(committer.ref)) ?? null;
  // The holder of the ref's lock is about to move it.
  if (now !== change.expected || isPushRace(output.stderr)) return { kind: 'moved', revision: now };
  throw failureOf(command, output);
}

/** Pushes in a row that the remote refuses as a race although the ref did not move, until that is reported. */
const mostUnmoved = 5;

async function pushCommit(
  committer: HubCommitter,
  mirror: Mirror,
  change: HubCommit,
  revision: string,
): Promise<HubCommitOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await pushAndLook(committer, mirror, revision);
    if (outcome.kind === 'pushed') break;
    await committer.fetch();
    const now = (await committer.readRef(committer.ref)) ?? null;
    if (now !== change.expected) return { kind: 'moved', revision: now };
    if (attempt === mostUnmoved) throw outcome.error;
    await committer.clock.sleep(attempt * 100);
  }
  // The remote has it. A concurrent fetch may have moved the mirror there first, or further, or hold a lock.
  const args = ['update-ref', '-m', 'stk: pushed', committer.ref, revision, change.expected ?? zeros];
  const moved = await runGit({
    directory: committer.commonDirectory,
    environment: readingEnvironment(committer.environment, committer.commonDirectory),
    args,
  });
  if (moved.exitCode !== 0) await fetchOrLeave(committer);
  return { kind: 'committed', revision };
}

/** A push whose answer was lost may have succeeded: asks the remote. */
async function pushAndLook(committer: HubCommitter, mirror: Mirror, revision: string): Promise<PushOutcome> {
  try {
    return await mirror.push(revision, committer.ref);
  } catch (thrown) {
    if (!(thrown instanceof StkError) || thrown.code === 'push-refused') throw thrown;
    const landed = await committer.hasLanded(revision).catch((cause: unknown) => {
      throw unknownPush({ revision, remote: 'the remote', failure: thrown, cause });
    });
    if (landed) return { kind: 'pushed' };
    throw thrown;
  }
}

/** The commit is at the remote: the next poll reports a failure here. */
async function fetchOrLeave(committer: HubCommitter): Promise<void> {
  await committer.fetch().catch((error: unknown) => {
    if (!(error instanceof StkError)) throw error;
  });
}
