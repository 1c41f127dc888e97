// Adds files to a branch that many write to at once. It never changes an existing file. After a lost race it retries on the
// new tip, after a random pause. A file that already exists with the same content counts as written.
import { createHash } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { StkError } from '../kernel/errors.ts';
import type { AppendOutcome, FileAppend, HubCommitOutcome, TreeEntry } from './config-repo.ts';

/** How one repository, the Hub's or the operator's, is written. */
export interface AppendTarget {
  readonly clock: Clock;
  /** The branch's tip; `null` when the branch does not exist. */
  tip(): Promise<string | null>;
  entryAt(revision: string, path: string): Promise<TreeEntry | undefined>;
  /** Commits `files` on top of `expected`, or reports that the branch moved. */
  commit(files: ReadonlyMap<string, string>, expected: string | null): Promise<HubCommitOutcome>;
}

/** Races that may be lost before it gives up. Among 50 writers, the unluckiest needed about 30. */
const mostAttempts = 200;
/** Refusals in a row that look like a lost race although the branch did not move, until the refusal is reported. */
const mostUnmoved = 10;
/** The pause after a lost race is at most this many times as long as the lost attempt, and doubles up to it. */
const longestPause = 16;

/** Throws `conflict` when a path has other content, or when too many races were lost; otherwise git's errors. */
export async function appendFiles(target: AppendTarget, append: FileAppend): Promise<AppendOutcome> {
  const { clock } = target;
  let tip = await target.tip();
  let unmoved = 0;
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const startedAt = clock.now();
    const missing = await findMissing(target, append.files, tip);
    if (missing.size === 0 && tip !== null) return { kind: 'already-there', revision: tip };
    const outcome = await target.commit(missing, tip);
    if (outcome.kind === 'committed') return outcome;
    if (outcome.kind === 'work-tree-dirty') {
      throw new StkError(
        'git-dirty',
        `${append.ref} is checked out and has uncommitted changes: ${outcome.paths.slice(0, 5).join(', ')}`,
        {
          hint: 'Commit or undo these changes there, or check out another branch.',
          details: { ref: append.ref },
        },
      );
    }
    // At first as long as the lost attempt: among many writers, short pauses lose every race again.
    const tookMs = Math.max(5, clock.now() - startedAt);
    await clock.sleep(clock.random() * tookMs * Math.min(longestPause, 2 ** (attempt - 1)), append.signal);
    if (append.signal?.aborted === true) throw interrupted(append.ref);
    // The branch may have moved again during the pause.
    const now = await target.tip();
    // A permanent lock looks like a race that nobody wins.
    unmoved = now === tip ? unmoved + 1 : 0;
    if (unmoved >= mostUnmoved && outcome.refusal !== undefined) throw outcome.refusal;
    tip = now;
  }
  throw new StkError('conflict', `${append.ref} was moved by others ${mostAttempts} times in a row.`, {
    hint: 'Nothing was written. Run the command again.',
    details: { ref: append.ref },
  });
}

async function findMissing(
  target: AppendTarget,
  files: ReadonlyMap<string, string>,
  tip: string | null,
): Promise<Map<string, string>> {
  const missing = new Map<string, string>();
  for (const [path, text] of files) {
    const entry = tip === null ? undefined : await target.entryAt(tip, path);
    if (entry === undefined) missing.set(path, text);
    else if (entry.id !== blobId(text)) {
      throw new StkError('conflict', `${path} already exists with other content; stk never overwrites it.`, {
        hint: 'Write the record again: its time gives it another name.',
        details: { path },
      });
    }
  }
  return missing;
}

/** The id that git gives to a file with this text. */
export function blobId(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function interrupted(ref: string): StkError {
  return new StkError('git-failed', `Writing to ${ref} was interrupted.`, { details: { aborted: true } });
}
