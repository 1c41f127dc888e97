// Commits the freeze of a trigger, on the pointer that the decision is based on.
import type { ConfigRepo } from '../../git/config-repo.ts';
import { StkError } from '../../kernel/errors.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import { formatStopMessage } from '../../promotion/commit-message.ts';
import { filesAt } from '../../promotion/files-at.ts';
import { hubAuthor } from '../../promotion/hub-signature.ts';
import { incidentFreeze } from '../../promotion/incident-freeze.ts';
import { readPointerAt, type PointerState } from '../../promotion/pointer-state.ts';

/** The author of the freeze, in the trailer `Stk-Actor` of its commit. */
const triggerActor = 'hub/trigger';
const maxAttempts = 20;

export interface FreezeRequest {
  readonly repo: ConfigRepo;
  readonly pipeline: Pipeline;
  readonly environment: string;
  /** The basis of the decision. */
  readonly pointer: PointerState;
  readonly reason: string;
  readonly at: number;
  /** Whether somebody has frozen it meanwhile. */
  isFrozen(revision: string): Promise<boolean>;
}

/** The commit; `null` when the pointer changed, or somebody froze it, so nothing is done. Throws `git-dirty`, `conflict`. */
export async function freezeEnvironment(request: FreezeRequest): Promise<string | null> {
  const { repo, pipeline, environment, pointer, reason, at } = request;
  let expected = pointer.revision;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const files = await incidentFreeze({ environment, reason, at })(filesAt(repo, expected));
    const [subject = ''] = [...files.keys()].map((path) => path.replace(/^.*\/|\.yaml$/g, ''));
    const message = formatStopMessage({ action: 'freeze', subject, reason, actor: triggerActor });
    const outcome = await repo.commitFiles({ files, message, author: hubAuthor(pipeline), expected });
    if (outcome.kind === 'committed') return outcome.revision;
    if (outcome.kind === 'work-tree-dirty')
      throw new StkError(
        'git-dirty',
        `the branch is checked out and has uncommitted changes: ${outcome.paths.slice(0, 5).join(', ')}`,
      );
    expected = outcome.revision ?? (await repo.resolve());
    const now = await readPointerAt(repo, environment, expected);
    if (now.blob !== pointer.blob || (await request.isFrozen(expected))) return null;
  }
  throw new StkError('conflict', `other commits won ${maxAttempts} times in a row; nothing was written`);
}
