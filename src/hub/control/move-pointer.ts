// The Hub's own promotion and rollback: plan, check, commit one pointer file by compare and swap, wait until it is
// served. Two movers of one pointer never both win: the loser is told.
import { StkError } from '../../kernel/errors.ts';
import { readPointerRelease } from '../../documents/edit-pointer.ts';
import { maxPointerBytes } from '../../model/pointer.ts';
import { formatCommitMessage } from '../../promotion/commit-message.ts';
import { loadChanges } from '../../promotion/load-changes.ts';
import { type MovePlan, type Planned, planPromotion, planRollback } from '../../promotion/plan.ts';
import { formatPointer, pointerPath } from '../../promotion/pointer-file.ts';
import { rollbackTargets } from '../../promotion/rollback-targets.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import { judgeRelease } from './judge-release.ts';

export interface MoveRequest {
  readonly environment: string;
  readonly move:
    | { readonly action: 'promote' | 'rollback'; readonly release: string }
    | { readonly action: 'promote'; readonly from: string };
  /** As parseReason gave it. */
  readonly reason: string | undefined;
  /** The token's subject; undefined in open mode. */
  readonly actor: string | undefined;
}

/** The answer of `POST …/promote` and `…/rollback`. */
export interface Moved {
  /** The release that the pointer named before; null: none. */
  readonly from: string | null;
  readonly to: string;
  /** The commit that was made, or for "already" the one that last moved the pointer. */
  readonly revision: string | null;
  /** False: the pointer named it already. */
  readonly committed: boolean;
  /** Whether the environment answers with `to` by now. */
  readonly serving: boolean;
}

interface PointerState {
  readonly revision: string;
  /** The pointer file's blob and text; undefined: there is none. */
  readonly blob: string | undefined;
  readonly text: string | undefined;
  readonly release: string | undefined;
}

const maxAttempts = 20;
const author = { name: 'stk hub', email: 'stk-hub@localhost' };

/** Throws the StkError that refuses it. `settleTimeout`: milliseconds to wait for the commit to be served. */
export async function movePointer(
  state: HubState,
  request: MoveRequest,
  settleTimeout: number,
): Promise<Moved> {
  const { environment } = request;
  const before = await readPointer(state, environment, await state.repo.resolve());
  const plan = await planMove(state, request, before);
  if (plan.kind === 'refused') throw plan.error;
  if (plan.kind === 'already') {
    const revision = state.status(environment)?.desired?.revision ?? null;
    const { release } = plan;
    return {
      from: release,
      to: release,
      revision,
      committed: false,
      serving: serves(state, environment, release),
    };
  }
  if (state.observedRevision() !== before.revision) await state.sync();
  const fit = await judgeRelease(state, environment, { release: plan.to, forMove: true });
  const message = formatCommitMessage(plan, {
    reason: request.reason,
    actor: request.actor,
    fingerprint: fit.fingerprint,
  });
  const revision = await commitMove(state, { plan, before, message });
  await state.waitUntilObserved(environment, revision, settleTimeout);
  const serving = serves(state, environment, plan.to);
  return { from: plan.from ?? null, to: plan.to, revision, committed: true, serving };
}

async function planMove(state: HubState, request: MoveRequest, before: PointerState): Promise<Planned> {
  const { environment, move } = request;
  const { release: current, revision } = before;
  const known = await findKnown(state, revision);
  if (move.action === 'rollback') {
    const targets = rollbackTargets(await loadChanges(state.repo, { revision, environment }));
    return planRollback({
      environment,
      current,
      release: move.release,
      targets,
      isKnown: await known([move.release, ...targets.slice(0, 20).map((target) => target.release)]),
    });
  }
  if ('release' in move) {
    return planPromotion({
      environment,
      current,
      source: { kind: 'release', release: move.release },
      isKnown: await known([move.release]),
    });
  }
  if (move.from === environment) {
    throw new StkError('malformed', `from is ${environment} itself: nothing would change`, {
      hint: 'Name another environment as from, or a release.',
      details: { environment },
    });
  }
  const source = await readPointer(state, move.from, revision);
  return planPromotion({
    environment,
    current,
    source: {
      kind: 'environment',
      environment: move.from,
      desired: source.release,
      serving: state.table.stable(move.from)?.compiled.release.release,
    },
    isKnown: await known(source.release === undefined ? [] : [source.release]),
  });
}

/** Answers whether a release's file exists, for the few ids that a plan may ask about. */
async function findKnown(
  state: HubState,
  revision: string,
): Promise<(ids: readonly string[]) => Promise<(id: string) => boolean>> {
  const { releases } = await state.repo.tree(revision);
  return async (ids) => {
    const found = new Set<string>();
    for (const id of ids) {
      if (releases !== undefined && (await state.repo.entry(releases.id, `${id}.yaml`)) !== undefined)
        found.add(id);
    }
    return (id) => found.has(id);
  };
}

async function readPointer(state: HubState, environment: string, revision: string): Promise<PointerState> {
  const { environments } = await state.repo.tree(revision);
  const entry =
    environments === undefined ? undefined : await state.repo.entry(environments.id, `${environment}.yaml`);
  if (entry === undefined) return { revision, blob: undefined, text: undefined, release: undefined };
  const text = await state.repo.text(entry.id, maxPointerBytes);
  return { revision, blob: entry.id, text, release: readPointerRelease(text) };
}

/** Retries when the ref moved by commits that left this pointer alone; `conflict` when it was moved. */
async function commitMove(
  state: HubState,
  {
    plan,
    before,
    message,
  }: { readonly plan: MovePlan; readonly before: PointerState; readonly message: string },
): Promise<string> {
  const { environment } = plan;
  const content = formatPointer(before.text, plan.to);
  let expected = before.revision;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const path = pointerPath(environment);
    const files = new Map([[path, content]]);
    const outcome = await state.repo.commitFiles({ files, message, author, expected });
    if (outcome.kind === 'committed') return outcome.revision;
    if (outcome.kind === 'work-tree-dirty') {
      throw new StkError(
        'git-dirty',
        `the branch is checked out and has uncommitted changes: ${outcome.paths.slice(0, 5).join(', ')}`,
        { hint: 'Commit or undo them, or promote with the CLI in that clone.', details: { environment } },
      );
    }
    const now = await readPointer(state, environment, outcome.revision ?? (await state.repo.resolve()));
    if (now.blob !== before.blob) throw await explainConflict(state, plan, now);
    expected = now.revision;
  }
  throw new StkError('conflict', `other commits won ${maxAttempts} times in a row; nothing was written`, {
    hint: 'Try again.',
    details: { environment },
  });
}

async function explainConflict(state: HubState, plan: MovePlan, now: PointerState): Promise<StkError> {
  const { environment } = plan;
  const [winner] = await state.repo.pointerChanges({ revision: now.revision, environment, limit: 1 });
  const who = winner === undefined ? '' : ` by ${winner.commit.by} in ${winner.commit.revision.slice(0, 12)}`;
  return new StkError(
    'conflict',
    `the pointer of ${environment} was moved to ${now.release ?? 'nothing'}${who} meanwhile; nothing was written`,
    {
      hint: 'Look at stk release current, then decide again.',
      details: {
        environment,
        ...(now.release === undefined ? {} : { release: now.release }),
        ...(winner === undefined ? {} : { revision: winner.commit.revision }),
      },
    },
  );
}

function serves(state: HubState, environment: string, release: string): boolean {
  return state.table.stable(environment)?.compiled.release.release === release;
}
