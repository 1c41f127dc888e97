// The commit of an automatic promotion: one ordinary move, made on exactly the judged tip and pointer. The first commit
// wins, and nothing is rebased.
import type { ConfigRepo } from '../../git/config-repo.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import { formatCommitMessage } from '../../promotion/commit-message.ts';
import { hubAuthor } from '../../promotion/hub-signature.ts';
import { formatPointer, pointerPath } from '../../promotion/pointer-file.ts';
import { readPointerAt, type PointerState } from '../../promotion/pointer-state.ts';
import type { Explanation } from '../admission/explanation.ts';
import { autoActor } from '../admission/facts/move-facts.ts';

export interface AutoCommit {
  readonly environment: string;
  readonly release: string;
  /** `undefined` when the release was chosen by its age or its version. */
  readonly source: string | undefined;
  /** The basis of the decision. */
  readonly pointer: PointerState;
  readonly gates: Explanation['gates'];
  /** The scheduled moment, in milliseconds since 1970; `undefined` when there is no schedule. */
  readonly moment: number | undefined;
}

export type AutoCommitOutcome =
  | { readonly kind: 'committed'; readonly revision: string }
  /** Somebody moved this pointer first. */
  | { readonly kind: 'overtaken' }
  /** Another commit came first, and left this pointer alone: it has to be judged again. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'work-tree-dirty'; readonly path: string };

/** Throws git's errors. */
export async function commitAuto(
  repo: ConfigRepo,
  pipeline: Pipeline,
  { environment, release, source, pointer, gates, moment }: AutoCommit,
): Promise<AutoCommitOutcome> {
  const verdicts = gates.map(({ name, verdict, sentence }) => `${name} ${verdict}: ${sentence}`).join(' ');
  const plan = { kind: 'move', action: 'promote', environment, from: pointer.release, to: release } as const;
  const further = new Map([
    ...(verdicts === '' ? [] : [['Stk-Gates', verdicts] as const]),
    ...(moment === undefined ? [] : [['Stk-Scheduled', new Date(moment).toISOString()] as const]),
    ...(pointer.blob === undefined ? [] : [['Stk-Decided-On', pointer.blob] as const]),
  ]);
  const message = formatCommitMessage(
    { ...plan, source },
    { actor: autoActor, reason: 'Every gate passed.', further },
  );
  const outcome = await repo.commitFiles({
    files: new Map([[pointerPath(environment), formatPointer(pointer.text, release)]]),
    message,
    author: hubAuthor(pipeline),
    expected: pointer.revision,
  });
  if (outcome.kind === 'committed') return outcome;
  if (outcome.kind === 'work-tree-dirty') return { kind: outcome.kind, path: outcome.paths[0] ?? '' };
  const { blob } = await readPointerAt(repo, environment, outcome.revision ?? (await repo.resolve()));
  return { kind: blob === pointer.blob ? 'moved' : 'overtaken' };
}
