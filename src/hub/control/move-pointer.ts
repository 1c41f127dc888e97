// The Hub's own promotion and rollback: plans, commits the move as the Hub, and waits until it is served. Every refusal
// is a value.
import { shallowError } from '../../git/process/git-failure.ts';
import { StkError } from '../../kernel/errors.ts';
import { applyMove } from '../../promotion/apply-move.ts';
import { findNamedBeside } from '../../promotion/named-beside.ts';
import { loadChanges } from '../../promotion/load-changes.ts';
import { type Planned, planPromotion, planRollback } from '../../promotion/plan.ts';
import { openIncident } from '../../promotion/rollback-incident.ts';
import { noTarget, rollbackTargets } from '../../promotion/rollback-targets.ts';
import type { TargetKind } from '../../reconciler/undo/choose-target.ts';
import type { HubState } from '../../reconciler/hub-state.ts';
import { createHubCommitter } from '../../promotion/hub-committer.ts';
import { hubAuthor, refuseUnsigned } from '../../promotion/hub-signature.ts';
import { judgeMove } from './judge-move.ts';
import { readPointerAt, type PointerState } from '../../promotion/pointer-state.ts';

export interface MoveRequest {
  readonly environment: string;
  readonly move:
    | { readonly action: 'promote' | 'rollback'; readonly release: string }
    /** To the previous release, or to the last known good one. */
    | { readonly action: 'rollback'; readonly to: TargetKind }
    | { readonly action: 'promote'; readonly from: string };
  /** From parseReason. */
  readonly reason: string | undefined;
  /** The token's subject; `undefined` in open mode. */
  readonly actor: string | undefined;
  /** A rollback opens an incident. */
  readonly hasIncident: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The answer of `POST …/promote` and `…/rollback`. */
export interface Moved {
  /** The pointer's previous release; `null` when none exists. */
  readonly from: string | null;
  readonly to: string;
  /** The new commit, or for "already" the one that last moved the pointer. */
  readonly revision: string | null;
  /** False when the pointer named it already. */
  readonly committed: boolean;
  /** Whether the environment serves `to` by now. */
  readonly serving: boolean;
}

export type MoveAnswer =
  { readonly kind: 'moved'; readonly moved: Moved } | { readonly kind: 'refused'; readonly error: StkError };

/** `settleTimeout`: milliseconds to wait for the commit to be served. */
export async function movePointer(
  state: HubState,
  request: MoveRequest,
  settleTimeout: number,
): Promise<MoveAnswer> {
  const { environment, reason, actor } = request;
  const before = await readPointerAt(state.repo, environment, await state.repo.resolve());
  const outcome = await applyMove(await planMove(state, request, before), {
    judge: async (plan) => {
      const unsigned = refuseUnsigned({ repo: state.repo, project: () => state.project() }, environment);
      if (unsigned !== undefined) return { kind: 'refused', error: unsigned };
      if (state.observedRevision() !== before.revision) await state.sync();
      const isRollback = request.move.action === 'rollback';
      const what = { release: plan.to, forMove: true, isRollback };
      return judgeMove(state, { environment, what, author: actor });
    },
    facts: { reason, actor },
    committer: createHubCommitter(state.repo, before, hubAuthor(state.project().pipeline)),
  });
  switch (outcome.kind) {
    case 'refused':
      return outcome;
    case 'already': {
      const { release } = outcome;
      const revision = state.status(environment)?.desired?.revision ?? null;
      const serving = serves(state, environment, release);
      return { kind: 'moved', moved: { from: release, to: release, revision, committed: false, serving } };
    }
    case 'moved': {
      const { plan, commit } = outcome;
      await state.waitUntilObserved(environment, commit.revision, settleTimeout);
      const serving = serves(state, environment, plan.to);
      const { revision } = commit;
      const moved = { from: plan.from ?? null, to: plan.to, revision, committed: true, serving };
      return { kind: 'moved', moved };
    }
  }
}

async function planMove(state: HubState, request: MoveRequest, before: PointerState): Promise<Planned> {
  const { environment, move } = request;
  const { release: current, revision } = before;
  const known = await findKnown(state, revision);
  if (move.action === 'rollback') return planBack(state, request, { before, known });
  if ('release' in move) {
    return planPromotion({
      environment,
      current,
      source: { kind: 'release', release: move.release },
      isKnown: await known([move.release]),
    });
  }
  if (move.from === environment) {
    const error = new StkError('malformed', `from is ${environment} itself: nothing would change`, {
      hint: 'Name another environment as from, or a release.',
      details: { environment },
    });
    return { kind: 'refused', error };
  }
  const source = await readPointerAt(state.repo, move.from, revision);
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

async function planBack(
  state: HubState,
  request: MoveRequest,
  { before, known }: { readonly before: PointerState; readonly known: Awaited<ReturnType<typeof findKnown>> },
): Promise<Planned> {
  const { environment, actor, now } = request;
  const { release: current, revision } = before;
  const found = await findRelease(state, request);
  if (typeof found !== 'string') return found;
  const release = found;
  const targets = rollbackTargets(await loadChanges(state.repo, { revision, environment }));
  const isTarget = release === current || targets.some((target) => target.release === release);
  if (!isTarget && (await state.repo.isShallow())) {
    const what = `whether ${environment} named ${JSON.stringify(release)} before`;
    return { kind: 'refused', error: shallowError(state.repo.location, what) };
  }
  const planned = planRollback({
    environment,
    current,
    release,
    targets,
    beside: isTarget ? undefined : await findNamedBeside(state.repo, { revision, environment, release }),
    isKnown: await known([release, ...targets.slice(0, 20).map((target) => target.release)]),
  });
  const { pipeline } = state.project();
  // Without automatic moves, nothing is held and no incident is opened.
  if (planned.kind !== 'move' || !pipeline.isUsed) return planned;
  const { from } = planned;
  const reason = request.reason ?? `rolled back to ${release}`;
  const named = state.status(environment)?.desired ?? null;
  const incident = {
    environment,
    release: from ?? 'nothing',
    to: release,
    cause: 'person',
    at: now,
  } as const;
  const beside = openIncident({
    ...incident,
    actor: actor ?? hubAuthor(pipeline).email,
    reason: request.reason,
    named: named?.release === from ? named : null,
  });
  return { ...planned, keys: { hold: { reason } }, ...(request.hasIncident ? { beside } : {}) };
}

/** The release to roll back to, or why there is none. */
async function findRelease(
  state: HubState,
  { environment, move }: MoveRequest,
): Promise<string | Extract<Planned, { kind: 'refused' }>> {
  if ('release' in move) return move.release;
  const kind = 'to' in move ? move.to : 'previous';
  const { release, skipped } = await state.rollbackTarget(environment, kind);
  return release ?? { kind: 'refused', error: noTarget({ environment, kind, skipped }) };
}

/** Whether a release's file exists, for the few ids that a plan may need. */
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

function serves(state: HubState, environment: string, release: string): boolean {
  return state.table.stable(environment)?.compiled.release.release === release;
}
