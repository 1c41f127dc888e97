// Commits the one file of a stop as the Hub: planned on the current content, and planned again when another commit
// wins.
import { StkError } from '../../kernel/errors.ts';
import type { StopPlan } from '../../promotion/stop-files.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import { hubAuthor } from '../../promotion/hub-signature.ts';

export interface CommittedFile {
  /** `null` when it existed already. */
  readonly revision: string | null;
}

const maxAttempts = 20;
const maxBytes = 1024 * 1024;

/** `plan`: decides on a commit of the followed branch. Throws the plan's refusals, `git-dirty`, `conflict`. */
export async function commitFile(
  state: HubState,
  plan: (at: TextsAt) => Promise<StopPlan>,
): Promise<CommittedFile> {
  const { repo } = state;
  const author = hubAuthor(state.project().pipeline);
  let revision = await repo.resolve();
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const planned = await plan(filesAt(state, revision));
    if (planned.kind === 'refused') throw planned.error;
    if (planned.kind === 'already') return { revision: null };
    const { path, content, message } = planned.change;
    const files = new Map([[path, content]]);
    const outcome = await repo.commitFiles({ files, message, author, expected: revision });
    if (outcome.kind === 'committed') {
      await state.sync();
      return { revision: outcome.revision };
    }
    if (outcome.kind === 'work-tree-dirty')
      throw new StkError(
        'git-dirty',
        `the branch is checked out and has uncommitted changes: ${outcome.paths.slice(0, 5).join(', ')}`,
        { hint: 'Commit or undo them, or use the command line in that clone.' },
      );
    revision = outcome.revision ?? (await repo.resolve());
  }
  throw new StkError('conflict', `other commits won ${maxAttempts} times in a row; nothing was written`, {
    hint: 'Try again.',
  });
}

export interface TextsAt {
  /** `undefined` when it does not exist; empty when it is not text. */
  text(path: string): Promise<string | undefined>;
  /** Names of a folder's `.yaml` files, without the extension. */
  names(folder: string): Promise<readonly string[]>;
}

function filesAt({ repo }: HubState, revision: string): TextsAt {
  return {
    async text(path) {
      const entry = await repo.entryAt(revision, path);
      if (entry === undefined) return undefined;
      if (!entry.mode.startsWith('100')) return '';
      try {
        return await repo.text(entry.id, maxBytes);
      } catch (error) {
        if (error instanceof StkError && ['too-large', 'malformed'].includes(error.code)) return '';
        throw error;
      }
    },
    async names(folder) {
      const entry = await repo.entryAt(revision, folder);
      if (entry?.mode !== '40000') return [];
      const entries = await repo.entries(entry.id);
      return entries.flatMap(({ name }) => (name.endsWith('.yaml') ? [name.slice(0, -'.yaml'.length)] : []));
    },
  };
}
